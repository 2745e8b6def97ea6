import { useId } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';

interface DeviceSelectProps {
  label: string;
  icon: IconName;
  devices: readonly MediaDeviceInfo[];
  /** The device in use; empty for the system's choice. */
  chosenId: string;
  onChoose: (deviceId: string) => void;
  /** In place of the devices, as long as they are not known. */
  placeholder?: string | undefined;
}

/** Choice of one device. A single one is text, since there is nothing to choose. */
export function DeviceSelect({ label, icon, devices, chosenId, onChoose, placeholder }: DeviceSelectProps) {
  const id = useId();
  const named = placeholder === undefined ? devices.filter((device) => device.label !== '') : [];
  const [only] = named;
  const isKnown = named.some((device) => device.deviceId === chosenId);
  return (
    <div class="field">
      <label class="label" for={named.length > 1 ? id : undefined}>
        {label}
      </label>
      <div class="select">
        <Icon name={icon} size="m" />
        {named.length > 1 ? (
          <>
            <select id={id} value={isKnown ? chosenId : ''} onChange={(event) => onChoose(event.currentTarget.value)}>
              {!isKnown && <option value="">{t('devices.system')}</option>}
              {named.map((device) => (
                <option key={device.deviceId} value={device.deviceId}>
                  {device.label}
                </option>
              ))}
            </select>
            <Icon name="chevron-down" size="m" className="select-arrow" />
          </>
        ) : (
          <div class="select-single">
            <span>{only?.label ?? placeholder ?? t('devices.none')}</span>
          </div>
        )}
      </div>
    </div>
  );
}
