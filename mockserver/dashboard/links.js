// Which addresses this page may follow: those of this very server, over HTTP. Everything else is only text.
// Knows no elements.

/** The address as the browser sees it, or null where the page must not follow it. */
export function address(value) {
  try {
    const url = new URL(String(value), document.baseURI);
    return /^https?:$/.test(url.protocol) && url.origin === location.origin ? url : null;
  } catch {
    return null;
  }
}

/** "video", "picture" or "file": what stands behind an address of this server. */
export function kindOf(url) {
  if (/\.mp4$/i.test(url.pathname)) return "video";
  return /\.(jpe?g|png|webp)$/i.test(url.pathname) ? "picture" : "file";
}
