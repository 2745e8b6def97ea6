import { effect } from '@preact/signals';
import type { DeviceList } from '../devices/device-list.ts';
import type { LocalMedia } from '../devices/local-media.ts';

/** Devices as the iframe API names them. */
export interface ListedDevices {
  readonly audioInput: readonly ListedDevice[];
  readonly audioOutput: readonly ListedDevice[];
  readonly videoInput: readonly ListedDevice[];
}

export interface ListedDevice {
  readonly deviceId: string;
  readonly groupId: string;
  readonly kind: MediaDeviceKind;
  readonly label: string;
}

export function listedDevices({ microphones, speakers, cameras }: DeviceList): ListedDevices {
  const plain = ({ deviceId, groupId, kind, label }: MediaDeviceInfo) => ({ deviceId, groupId, kind, label });
  return {
    audioInput: microphones.map(plain),
    audioOutput: speakers.map(plain),
    videoInput: cameras.map(plain),
  };
}

export function haveNames({ microphones, cameras }: DeviceList): boolean {
  return [...microphones, ...cameras].some(({ label }) => label !== '');
}

/**
 * Waits until the browser tells their names, which it does once one of them may be used.
 * @returns undefined if none may
 */
export function namedDevices({
  devices,
  microphoneProblem,
  cameraProblem,
}: LocalMedia): Promise<DeviceList | undefined> {
  return new Promise((resolve) => {
    let dispose: (() => void) | undefined;
    let isDone = false;
    dispose = effect(() => {
      const isRefused = microphoneProblem.value !== undefined && cameraProblem.value !== undefined;
      const hasNames = haveNames(devices.value);
      if (isDone || !(hasNames || isRefused)) return;
      isDone = true;
      resolve(hasNames ? devices.peek() : undefined);
      dispose?.();
    });
    if (isDone) dispose();
  });
}
