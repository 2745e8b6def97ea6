import { expect, test } from 'vitest';
import { fileScopeNames, toBatches } from './compile.mjs';
import { mesonSources } from './meson-sources.mjs';

test('names at file and namespace scope are found, those of functions and classes are not', () => {
  const text = [
    'static std::mutex GlobalSyncMutex;',
    'namespace RTC {',
    '\tstatic constexpr size_t MaxDropout{ 3000 };',
    '\tinline static void onAlloc(uv_handle_t* handle)',
    '\tvoid Transport::Close()',
    '\talignas(4) static thread_local uint8_t Buffer[Size];',
    '}',
  ].join('\n');
  expect([...fileScopeNames(text)]).toEqual(['GlobalSyncMutex', 'MaxDropout', 'onAlloc', 'Buffer']);
});

/** Three of forty define the same name. */
function namesOf(source) {
  return new Set(['file-3.cpp', 'file-7.cpp', 'file-39.cpp'].includes(source) ? ['onRead'] : [source]);
}

test('files that share a name never meet in one batch', () => {
  const sources = Array.from({ length: 40 }, (_, index) => `file-${index}.cpp`);
  const batches = toBatches(sources, namesOf);
  expect(batches.flat().toSorted()).toEqual(sources.toSorted());
  for (const batch of batches) expect(batch.filter((source) => namesOf(source).has('onRead')).length).toBeLessThan(2);
});

test('files known to clash otherwise are compiled alone', () => {
  expect(toBatches(['a.cpp', 'src/RTC/PortManager.cpp', 'b.cpp'], () => new Set())).toEqual([
    ['a.cpp', 'b.cpp'],
    ['src/RTC/PortManager.cpp'],
  ]);
});

test('the lists of a meson.build are read with what is added to them later', () => {
  const text =
    "common_sources = [\n  'src/a.cpp',\n  'src/b.cpp',\n]\nif x\n  common_sources += [\n    'src/c.cpp',\n  ]\nendif\nother = ['src/d.cpp']\n";
  expect(mesonSources(text, 'common_sources')).toEqual(['src/a.cpp', 'src/b.cpp', 'src/c.cpp']);
  expect(() => mesonSources(text, 'missing_sources')).toThrow(/no longer lists/);
});
