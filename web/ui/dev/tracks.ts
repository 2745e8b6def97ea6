import { type Portrait, portraitSvg } from '../screens/portrait.ts';

/** A video track that shows a drawing, for looking at screens without a camera. */
export async function drawnTrack(svg: string, width: number, height: number): Promise<MediaStreamTrack> {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const draw = () => {
    const scale = Math.max(width / image.width, height / image.height);
    const [w, h] = [image.width * scale, image.height * scale];
    context?.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  };
  draw();
  const stream = canvas.captureStream(5);
  setInterval(draw, 300);
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
}

export function portraitTrack(portrait: Portrait, isPortraitPhone = false): Promise<MediaStreamTrack> {
  return drawnTrack(portraitSvg(portrait, 'p'), isPortraitPhone ? 540 : 960, isPortraitPhone ? 960 : 540);
}

export function slideTrack(): Promise<MediaStreamTrack> {
  const bars = [150, 225, 180, 262, 300, 232]
    .map((height, i) => {
      const x = 120 + i * 100;
      return `<rect x="${x}" y="${620 - height}" width="34" height="${height}" rx="5" fill="#0b6a60"/><rect x="${x + 40}" y="${660 - height}" width="34" height="${height - 40}" rx="5" fill="#e0a33a"/>`;
    })
    .join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" font-family="Inter, sans-serif"><rect width="1280" height="720" fill="#fffdf8"/><rect width="1280" height="22" fill="#0b6a60"/><text x="80" y="120" font-size="48" font-weight="700" fill="#14282c">Spring season: budget</text><text x="80" y="172" font-size="22" fill="#566469">Income and costs by month, thousand euro</text><path d="M100 620h760M100 500h760M100 380h760" stroke="#d5dcdc" stroke-width="2"/>${bars}<text x="910" y="330" font-size="26" font-weight="650" fill="#14282c">What we decide today</text><text x="910" y="390" font-size="24" fill="#14282c">1 Hall rent until July</text><text x="910" y="440" font-size="24" fill="#14282c">2 Two new microphones</text><text x="910" y="490" font-size="24" fill="#14282c">3 Trip to Thessaloniki</text></svg>`;
  return drawnTrack(svg, 1280, 720);
}
