export interface DeviceList {
  readonly microphones: readonly MediaDeviceInfo[];
  readonly cameras: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

export const noDevices: DeviceList = { microphones: [], cameras: [], speakers: [] };

/** Devices by kind. Before permission their labels and ids are empty, and a kind may show one nameless entry. */
export async function listDevices(): Promise<DeviceList> {
  if (!navigator.mediaDevices) return noDevices;
  const all = await navigator.mediaDevices.enumerateDevices();
  const ofKind = (kind: MediaDeviceKind) => withoutAliases(all.filter((device) => device.kind === kind));
  return { microphones: ofKind('audioinput'), cameras: ofKind('videoinput'), speakers: ofKind('audiooutput') };
}

/** Chrome lists "Communications" beside the device it stands for. */
function withoutAliases(devices: readonly MediaDeviceInfo[]): readonly MediaDeviceInfo[] {
  return devices.filter((device) => device.deviceId !== 'communications');
}

/** Whether the browser lets the page choose where sound comes out (not Safari, not Firefox on phones). */
export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}
