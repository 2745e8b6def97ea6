/** People before their walls, drawn for the picture in the README: no photographs, nobody real. 1280 × 720 SVG. */
export interface DrawnPerson {
  readonly name: string;
  readonly svg: string;
}

const HEAD =
  'M545 262c0-84 38-132 95-132s95 48 95 132c0 40-8 74-24 102-18 30-44 48-71 48s-53-18-71-48c-16-28-24-62-24-102z';
const NECK = 'M596 350h88v112c0 26-20 44-44 44s-44-18-44-44z';
const SHOULDERS = 'M306 780v-40c0-122 52-178 140-208l146-50h96l146 50c88 30 140 86 140 208v40z';
const clothes = (svg: string): string => `<g transform="translate(0 -38)">${svg}</g>`;

interface Face {
  readonly skin: string;
  readonly shade: string;
  readonly lips: string;
  readonly iris: string;
  readonly brow: string;
  readonly isTalking?: boolean;
}

/** Neck, ears, eyes, nose and mouth; hair and clothes are the person's own. */
function head({ skin, shade, lips, iris, brow, isTalking = false }: Face): string {
  const eye = (x: number) =>
    `<path d="M${x - 19} 270q19-19 38 0q-19 14-38 0z" fill="#fdfaf6"/><circle cx="${x}" cy="268" r="9.500" fill="${iris}"/>` +
    `<circle cx="${x}" cy="268" r="4.500" fill="#14100e"/><circle cx="${x + 3}" cy="264" r="2.600" fill="#fff"/>` +
    `<path d="M${x - 21} 270q21-21 42 0" fill="none" stroke="${brow}" stroke-width="5" stroke-linecap="round"/>`;
  const mouth = isTalking
    ? `<path d="M606 345q34 9 68 0q-5 37-34 37t-34-37z" fill="#7a2c2b"/><path d="M611 347q29 7 58 0l-3 11q-26 5-52 0z" fill="#fff"/><path d="M606 345q34 9 68 0" fill="none" stroke="${lips}" stroke-width="5" stroke-linecap="round"/>`
    : `<path d="M606 349q34 29 68 0" fill="none" stroke="${lips}" stroke-width="6.500" stroke-linecap="round"/>`;
  return (
    `<path d="${NECK}" fill="${shade}"/><ellipse cx="545" cy="280" rx="16" ry="28" fill="${shade}"/><ellipse cx="735" cy="280" rx="16" ry="28" fill="${shade}"/>` +
    `<path d="${HEAD}" fill="${skin}"/><path d="M684 140c34 22 51 64 51 122 0 40-8 74-24 102-18 30-44 48-71 48 62-40 76-180 44-272z" fill="${shade}" opacity=".38"/>` +
    `<circle cx="580" cy="322" r="24" fill="${lips}" opacity=".09"/><circle cx="700" cy="322" r="24" fill="${lips}" opacity=".09"/>` +
    `${eye(600)}${eye(680)}<path d="M578 240q22-14 44-3M658 237q22-11 44 3" fill="none" stroke="${brow}" stroke-width="7.500" stroke-linecap="round"/>` +
    `<path d="M641 282q11 28-3 36" fill="none" stroke="${shade}" stroke-width="5" stroke-linecap="round"/>${mouth}`
  );
}

/** The wall is a little out of focus, as behind a real camera; light falls from the start side. */
function scene(wall: string, person: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720"><defs>` +
    `<filter id="far" x="-5%" y="-5%" width="110%" height="110%"><feGaussianBlur stdDeviation="5"/></filter>` +
    `<linearGradient id="light" x2="1" y2=".4"><stop stop-color="#fff" stop-opacity=".2"/><stop offset=".6" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-opacity=".16"/></linearGradient>` +
    `</defs><g filter="url(#far)" transform="translate(-26 -14) scale(1.040)">${wall}</g><g transform="translate(-58 6) scale(1.090)">${person}</g><rect width="1280" height="720" fill="url(#light)"/></svg>`
  );
}

function books(x: number, y: number, colors: readonly string[]): string {
  let at = x;
  return colors
    .map((color, index) => {
      const width = 22 + ((index * 7) % 16);
      const height = 92 + ((index * 23) % 40);
      const book = `<rect x="${at}" y="${y - height}" width="${width}" height="${height}" rx="3" fill="${color}"/>`;
      at += width + 3;
      return book;
    })
    .join('');
}

function leaf(x: number, y: number, angle: number, length: number, color: string): string {
  const half = length * 0.24;
  return `<path transform="translate(${x} ${y}) rotate(${angle})" d="M0 0c${half} ${-length * 0.3} ${half} ${-length * 0.8} 0 ${-length}c${-half} ${length * 0.2} ${-half} ${length * 0.7} 0 ${length}z" fill="${color}"/>`;
}

const eleni: DrawnPerson = {
  name: 'Eleni Markou',
  svg: scene(
    '<rect width="1280" height="720" fill="#e9d8c6"/><rect y="600" width="1280" height="120" fill="#cdb49b"/>' +
      '<rect x="70" y="40" width="400" height="430" rx="8" fill="#fffaf1"/><rect x="88" y="58" width="364" height="394" fill="#a9d3e8"/><circle cx="360" cy="150" r="40" fill="#fff1c4"/>' +
      '<path d="M88 330q90-90 190-30t174-40v192H88z" fill="#7fa58a"/><path d="M88 380h364v72H88z" fill="#4f8fb0"/><path d="M262 40h16v430h-16z" fill="#fffaf1"/><rect x="52" y="462" width="436" height="22" rx="6" fill="#fffaf1"/>' +
      '<path d="M20 20c60 150 30 330 70 480H0V20zM520 20c-60 150-30 330-70 480h100V20z" fill="#f6e9da"/>' +
      '<rect x="930" y="90" width="210" height="150" rx="6" fill="#fff"/><path d="M946 106h178v118H946z" fill="#e2b48f"/><path d="M946 224l60-70 46 46 30-26 42 50z" fill="#b56f4f"/>' +
      '<path d="M1096 560h120l-16 130h-88z" fill="#b4654a"/>' +
      leaf(1150, 570, -38, 210, '#4e8061') +
      leaf(1160, 570, 4, 250, '#5f9470') +
      leaf(1160, 570, 40, 200, '#3f6d52') +
      leaf(1150, 570, -72, 150, '#6ba37d'),
    '<path d="M522 300C500 150 560 84 642 84c86 0 142 70 118 216 6 70 44 120 34 212-46 34-108 26-116-34h-74c-8 62-72 70-118 30-6-88 32-140 36-208z" fill="#6b3f24"/>' +
      clothes(
        `<path d="${SHOULDERS}" fill="#2f6f8f"/><path d="M560 492c20 44 52 62 80 62s60-18 80-62l-30-12h-100z" fill="#285f7b"/>`,
      ) +
      head({
        skin: '#f0c3a0',
        shade: '#d99f78',
        lips: '#b9524c',
        iris: '#4c7a5a',
        brow: '#5a341d',
        isTalking: true,
      }) +
      '<path d="M536 292c-14-104 30-180 106-180s120 70 102 180c-6-62-34-106-70-128-24 44-74 70-116 84-12 12-18 26-22 44z" fill="#7c4a2b"/>' +
      '<path d="M672 130c50 18 78 66 72 160-6-62-34-106-70-128z" fill="#8d5733"/><path d="M512 420c-10 40-16 60-10 96M776 420c12 36 14 60 10 90" fill="none" stroke="#8d5733" stroke-width="9" stroke-linecap="round"/>' +
      '<circle cx="543" cy="318" r="6" fill="#f4d27a"/><circle cx="737" cy="318" r="6" fill="#f4d27a"/>',
  ),
};

const jonas: DrawnPerson = {
  name: 'Jonas Weber',
  svg: scene(
    '<rect width="1280" height="720" fill="#3d5a54"/><path d="M0 620h1280v100H0z" fill="#314a45"/>' +
      '<rect x="800" y="60" width="420" height="470" rx="8" fill="#7b5539"/><path d="M816 76h388v130H816zM816 226h388v130H816zM816 376h388v138H816z" fill="#58391f"/>' +
      books(826, 206, ['#d9a441', '#c65b45', '#e8dcc4', '#4f7f96', '#8a9f6a', '#d07a5a', '#e8dcc4', '#3f6a7d']) +
      books(930, 356, ['#b64f4f', '#e3c37a', '#5c7f6f', '#e8dcc4', '#c98a4a', '#48657f']) +
      books(826, 514, ['#e8dcc4', '#4f7f96', '#c65b45', '#8a9f6a']) +
      '<circle cx="866" cy="316" r="34" fill="#d8c7a6"/><path d="M1080 514v-70h70v70z" fill="#cf8b52"/>' +
      leaf(1115, 450, -24, 70, '#7fae82') +
      leaf(1115, 450, 20, 76, '#6b9a6f') +
      '<circle cx="170" cy="210" r="210" fill="#ffd99a" opacity=".2"/><circle cx="170" cy="210" r="120" fill="#ffe2ae" opacity=".28"/><path d="M110 250l26-100h70l26 100z" fill="#ffe9c4"/><path d="M162 250h16v380h-16z" fill="#26332f"/>' +
      '<rect x="330" y="90" width="180" height="220" rx="6" fill="#e9dfcc"/><circle cx="420" cy="200" r="58" fill="#d77f4f"/><path d="M346 240h148v54H346z" fill="#40635b"/>',
    clothes(
      `<path d="${SHOULDERS}" fill="#b4553a"/><path d="M592 482l48 92 48-92-14-20h-68z" fill="#f2ece2"/><path d="M584 476l-34 26 62 92 28-24zM696 476l34 26-62 92-28-24z" fill="#9c4630"/><path d="M640 590v130" stroke="#8c3e2a" stroke-width="5"/>`,
    ) +
      head({ skin: '#efbf9d', shade: '#d2956d', lips: '#a9584b', iris: '#4a6f91', brow: '#2f221b' }) +
      '<path d="M545 270c-2 54 8 88 24 118 18 32 44 50 71 50s53-18 71-50c16-30 26-64 24-118-10 32-16 48-30 56-20-10-44-6-65-2-21-4-45-8-65 2-14-8-20-24-30-56z" fill="#3a2a21"/>' +
      '<path d="M600 340q40-14 80 0q-6 30-40 30t-40-30z" fill="#c98a67"/><path d="M610 347q30 22 60 0" fill="none" stroke="#8e4239" stroke-width="6" stroke-linecap="round"/>' +
      '<path d="M536 258C520 160 566 96 650 92c78-2 108 66 94 166-6-26-12-44-24-58-50 10-104 0-140-20-22 20-36 46-44 78z" fill="#3a2a21"/><path d="M580 150c40-34 100-40 140-6" fill="none" stroke="#54402f" stroke-width="8" stroke-linecap="round"/>' +
      '<g fill="#fff" fill-opacity=".1" stroke="#1c1a19" stroke-width="6"><rect x="561" y="240" width="70" height="56" rx="22"/><rect x="649" y="240" width="70" height="56" rx="22"/><path d="M631 260q9-8 18 0M561 260l-18-6M719 260l18-6" fill="none"/></g>',
  ),
};

const amara: DrawnPerson = {
  name: 'Amara Okafor',
  svg: scene(
    '<rect width="1280" height="720" fill="#b9c8cf"/><rect y="610" width="1280" height="110" fill="#93a6af"/>' +
      '<rect x="90" y="80" width="150" height="190" rx="6" fill="#fff"/><path d="M106 96h118v158H106z" fill="#e6a06c"/><circle cx="165" cy="160" r="34" fill="#fbe3b5"/>' +
      '<rect x="270" y="120" width="130" height="130" rx="6" fill="#fff"/><path d="M284 134h102v102H284z" fill="#5b86a0"/><path d="M284 236l40-60 30 34 32-26v52z" fill="#34566b"/>' +
      '<rect x="60" y="420" width="330" height="18" rx="6" fill="#8b6547"/>' +
      books(90, 420, ['#c65b45', '#e8dcc4', '#48657f', '#d9a441', '#5c7f6f']) +
      '<path d="M300 420v-54h58v54z" fill="#f1ede4"/>' +
      leaf(328, 370, -20, 74, '#5f9470') +
      leaf(330, 370, 22, 66, '#4e8061') +
      '<path d="M1010 520h150l-20 180h-110z" fill="#e9e2d5"/>' +
      leaf(1085, 530, -58, 240, '#3f6d52') +
      leaf(1085, 530, -24, 310, '#5f9470') +
      leaf(1090, 530, 12, 340, '#4e8061') +
      leaf(1090, 530, 44, 270, '#6ba37d') +
      leaf(1090, 530, 74, 190, '#3f6d52') +
      '<path d="M890 0h6v90h-6z" fill="#4a5a62"/><path d="M830 150q10-64 63-64t63 64z" fill="#e3b04b"/><ellipse cx="893" cy="156" rx="120" ry="60" fill="#ffefc4" opacity=".35"/>',
    '<g fill="#1d1512"><circle cx="640" cy="178" r="132"/><circle cx="530" cy="200" r="72"/><circle cx="750" cy="200" r="72"/><circle cx="560" cy="112" r="66"/><circle cx="720" cy="112" r="66"/><circle cx="640" cy="76" r="66"/><circle cx="508" cy="276" r="52"/><circle cx="772" cy="276" r="52"/></g>' +
      clothes(
        `<path d="${SHOULDERS}" fill="#d7a136"/><path d="M560 492c14 60 46 96 80 96s66-36 80-96l-32-16h-96z" fill="#f7f3ea"/><path d="M556 490l-36 14c10 90 60 160 106 236h28c46-76 96-146 106-236l-36-14c-8 80-48 140-84 180-36-40-76-100-84-180z" fill="#bd8a28"/>`,
      ) +
      head({ skin: '#8c5a3c', shade: '#6b402a', lips: '#8f3f3f', iris: '#3a2416', brow: '#1a1210' }) +
      '<path d="M540 262c-6-90 36-142 100-142s106 52 100 142c-10-44-34-72-66-84-24 12-46 12-68 0-32 12-56 40-66 84z" fill="#1d1512"/>' +
      '<circle cx="543" cy="326" r="13" fill="none" stroke="#f0c65c" stroke-width="5"/><circle cx="737" cy="326" r="13" fill="none" stroke="#f0c65c" stroke-width="5"/>',
  ),
};

export const DRAWN_PEOPLE = [eleni, jonas, amara] as const;
