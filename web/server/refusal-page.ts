/** A page without script for what is no meeting; English, since nothing is known of the reader here. */
export function refusalPage(message: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="dark light" />
    <title>Parley</title>
  </head>
  <body>
    <main>
      <h1>There is no meeting here</h1>
      <p>${escapeHtml(message)}</p>
      <p><a href="/">Start page</a></p>
    </main>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
