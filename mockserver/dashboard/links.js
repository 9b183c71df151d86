// Which addresses this page may follow, over HTTP: those of this server, and of where it says its providers are.
// Everything else is only text. Knows no elements.

const ours = new Set([location.origin]);

/** Takes the addresses of the providers, as the control API may stand elsewhere; true where one is new. */
export function trust(bases) {
  const before = ours.size;
  for (const base of bases) ours.add(new URL(base, document.baseURI).origin);
  return ours.size > before;
}

/** The address as the browser sees it, or null where the page must not follow it. */
export function address(value) {
  try {
    const url = new URL(String(value), document.baseURI);
    return /^https?:$/.test(url.protocol) && ours.has(url.origin) ? url : null;
  } catch {
    return null;
  }
}

/** "video", "picture" or "file": what stands behind an address of this server. */
export function kindOf(url) {
  if (/\.mp4$/i.test(url.pathname)) return "video";
  return /\.(jpe?g|png|webp)$/i.test(url.pathname) ? "picture" : "file";
}
