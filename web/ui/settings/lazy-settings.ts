import { lazy } from '../parts/lazy.tsx';

/** Fetched when first opened: nobody needs it to join. */
export const SettingsDialog = lazy(
  async () => (await import('./settings-dialog.tsx')).SettingsDialog,
  ({ onClose }) => onClose(),
);
