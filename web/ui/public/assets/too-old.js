// For browsers that cannot run the page (hence the plain syntax; first.js loads it): the ways that are left. A phone, where this
// server has numbers, and the link, for another browser.
(function () {
  var WORDS = {
    en: { phone: 'Join by phone', link: 'Link of this meeting' },
    el: { phone: 'Συμμετοχή από τηλέφωνο', link: 'Σύνδεσμος της σύσκεψης' },
  };
  var room = location.pathname.replace(/^\//, '');

  function offer() {
    var place = document.querySelector('.too-old');
    var parley = (window.config || {}).parley || {};
    // The address of a widget names no meeting.
    if (!place || room === '' || /^matrix\b/.test(room)) return;
    // This is the page now.
    place.setAttribute('role', 'main');
    place.children[0].setAttribute('role', 'heading');
    place.children[0].setAttribute('aria-level', '1');
    var words = /^el\b/.test(navigator.language || '') ? WORDS.el : WORDS.en;
    var ways = document.createElement('div');
    ways.className = 'too-old-ways';
    if (typeof parley.dialInPageUrl === 'string' && /^https?:/.test(parley.dialInPageUrl)) {
      var phone = document.createElement('a');
      phone.className = 'button button-primary';
      phone.href = parley.dialInPageUrl + '?room=' + encodeURIComponent(decodeURI(room));
      phone.appendChild(document.createTextNode(words.phone));
      ways.appendChild(phone);
    }
    var link = document.createElement('input');
    link.className = 'input';
    link.readOnly = true;
    link.value = location.origin + location.pathname;
    link.setAttribute('aria-label', words.link);
    link.addEventListener('focus', function () {
      link.select();
    });
    ways.appendChild(link);
    place.appendChild(ways);
  }

  function load() {
    var config = document.createElement('script');
    config.src = '/config.js';
    config.addEventListener('load', offer);
    config.addEventListener('error', offer);
    document.head.appendChild(config);
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', load);
  else load();
})();
