/** The settings dialog with its styles, fetched when first opened. */
export async function loadSettingsDialog() {
  const { SettingsDialog } = await import('./settings-dialog.tsx');
  return SettingsDialog;
}
