import { type Portrait, portraitSvg } from './portrait.ts';

const PEOPLE: readonly { readonly name: string; readonly portrait: Portrait }[] = [
  {
    name: 'Eleni',
    portrait: {
      skin: ['#e6b48c', '#c58d66'],
      hair: '#b4874c',
      hairStyle: 'long',
      shirt: ['#3f6f8f', '#2b536d'],
      wall: ['#b9c6d0', '#8393a2'],
      prop: 'lamp',
    },
  },
  {
    name: 'Jonas',
    portrait: {
      skin: ['#f0c8a8', '#d8a57f'],
      hair: '#2c221e',
      hairStyle: 'short',
      shirt: ['#4f7c93', '#33566d'],
      wall: ['#93a08c', '#5f6e5b'],
      prop: 'window',
    },
  },
  {
    name: 'Amara',
    portrait: {
      skin: ['#8f5c3b', '#6d4226'],
      hair: '#17130f',
      hairStyle: 'tied',
      shirt: ['#d0a13f', '#a97f2c'],
      wall: ['#40535a', '#28373d'],
      prop: 'plant',
    },
  },
];

/** What a meeting looks like, drawn. Says nothing that the text beside it does not. */
export function StartArt() {
  return (
    <div class="start-art" aria-hidden="true">
      {PEOPLE.map(({ name, portrait }, index) => (
        <div key={name} class={index === 0 ? 'art-tile art-speaking' : 'art-tile'}>
          <div class="art-picture" dangerouslySetInnerHTML={{ __html: portraitSvg(portrait, `art-${index}`) }} />
          <span class="chip">{name}</span>
        </div>
      ))}
    </div>
  );
}
