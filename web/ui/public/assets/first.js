// Runs before the first paint, in any browser (hence the plain syntax): the theme, so that a light page is never dark for a
// moment, and a plain word to browsers that cannot run the page, and where the page's own script does not come.
(function () {
  var root = document.documentElement;
  var look = 'dark';
  try {
    look = (JSON.parse(localStorage.getItem('parley.settings') || '{}') || {}).look || 'dark';
  } catch {
    look = 'dark'; // storage is closed to us: the default
  }
  if (look === 'device') look = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  root.setAttribute('data-theme', look === 'light' ? 'light' : 'dark');

  var isSupported =
    'noModule' in document.createElement('script') &&
    typeof RTCPeerConnection === 'function' &&
    typeof RTCRtpTransceiver === 'function' &&
    typeof ResizeObserver === 'function' &&
    typeof HTMLDialogElement === 'function' &&
    'popover' in HTMLElement.prototype &&
    typeof Intl === 'object' &&
    typeof Intl.Segmenter === 'function';
  if (!isSupported) {
    root.setAttribute('data-unsupported', '');
    var ways = document.createElement('script');
    ways.src = '/assets/too-old.js';
    document.head.appendChild(ways);
  }

  function tellIncomplete(event) {
    if (event.target.tagName === 'SCRIPT') root.setAttribute('data-incomplete', '');
  }
  addEventListener('error', tellIncomplete, true);
  document.addEventListener('click', function (event) {
    if (event.target.closest('[data-reload]')) location.reload();
  });
})();
