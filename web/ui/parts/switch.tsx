import { useId } from 'preact/hooks';

interface SwitchProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** A setting that is on or off and acts at once. */
export function Switch({ label, hint, isOn, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch-row">
      <div class="grow">
        <label for={id}>{label}</label>
        {hint !== undefined && (
          <span id={`${id}-hint`} class="hint">
            {hint}
          </span>
        )}
      </div>
      <button
        id={id}
        type="button"
        role="switch"
        class="switch"
        aria-checked={isOn}
        aria-label={label}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onClick={() => onChange(!isOn)}
      />
    </div>
  );
}
