import { Icon } from '../icons/icon.tsx';

/** What is wrong with a field, beneath it. */
export function FieldError({ text }: { text: string }) {
  return (
    <p class="field-error">
      <Icon name="triangle-alert" size="s" />
      {text}
    </p>
  );
}
