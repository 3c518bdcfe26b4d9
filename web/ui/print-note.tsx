/** On paper alone: where to find what is not printed. @param url of a rendering as a page */
export function PrintNote({ children, url }: { children: string; url?: string }) {
  return (
    <p class="print-note">
      {children} {url && <a href={url}>{new URL(url, document.baseURI).href}</a>}
    </p>
  )
}
