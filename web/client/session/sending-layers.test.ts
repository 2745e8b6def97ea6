import { describe, expect, test } from 'vitest';
import { cameraLayers, screenLayers } from './sending-layers.ts';

const scales = (height: number) => cameraLayers(height, -1).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy);
const active = (maxHeight: number) => cameraLayers(720, maxHeight).map((layer) => layer.active);

describe('layers of a camera', () => {
  test.each([
    [720, [4, 2, 1]],
    [1_080, [6, 3, 1]],
    [2_160, [12, 6, 1]],
    [540, [3, 1.5, 1]],
  ])('%i lines are divided by %j', (height, expected) => {
    expect(scales(height)).toEqual(expected);
  });

  test.each([
    [480, [480 / 180, 1], 2],
    [360, [2, 1], 2],
    [240, [1], 1],
    [180, [1], 1],
  ])('%i lines go out whole in the highest of the layers that browsers send of so small a picture', (...row) => {
    const [height, expected, count] = row;
    expect(scales(height).slice(0, count)).toEqual(expected);
    expect(cameraLayers(height, -1).filter((layer) => layer.active)).toHaveLength(count);
  });

  test('bitrates are 200, 500 and 1500 kbit/s', () => {
    expect(cameraLayers(720, -1).map(({ maxBitrateBps }) => maxBitrateBps)).toEqual([200_000, 500_000, 1_500_000]);
  });

  test.each([
    [-1, [true, true, true]],
    [0, [false, false, false]],
    [90, [true, false, false]],
    [180, [true, false, false]],
    [181, [true, true, false]],
    [360, [true, true, false]],
    [720, [true, true, true]],
    [2_160, [true, true, true]],
  ])('when %i lines are wanted at most, the layers are %j', (maxHeight, expected) => {
    expect(active(maxHeight)).toEqual(expected);
  });
});

describe('layers of a screen', () => {
  test('only the full size is sent, unless nobody looks', () => {
    expect(screenLayers(180).map((layer) => layer.active)).toEqual([false, false, true]);
    expect(screenLayers(0).some((layer) => layer.active)).toBe(false);
  });
});
