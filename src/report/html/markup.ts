/** HTML that is made of templates: what is put into one is escaped, unless it is HTML itself. */

/** A piece of HTML. */
export type Html = { readonly html: string };

/** What a template takes: text is escaped, null is nothing. */
export type Content = string | number | null | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an element or a quoted attribute. Control characters, which HTML does not allow, become U+FFFD. */
export const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd')
    .replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const written = (content: Content): string => {
  if (content === null) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return String(content);
  return 'html' in content ? content.html : content.map(({ html: text }) => text).join('');
};

/** A template of HTML. */
export const html = (texts: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  html: texts.map((text, index) => (index === 0 ? text : written(contents[index - 1] ?? null) + text)).join(''),
});

/** HTML that is our own and taken as it is. */
export const raw = (text: string): Html => ({ html: text });

/** JSON for a script element: nothing in it ends the element or begins a comment. */
export const jsonForScript = (value: unknown): Html =>
  raw(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );

/** Longer tables scroll in their region; shorter ones are as high as they are. */
const mostRowsShown = 40;

/** A table with a caption for screen readers; the first cell of a row is its heading. It scrolls in a region of its own. */
export const table = (caption: string, head: readonly string[], rows: readonly (readonly Content[])[]): Html =>
  html`<div class="${rows.length > mostRowsShown ? 'scroll tall' : 'scroll'}" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) =>
      html`<tr><th scope="row">${first ?? null}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
