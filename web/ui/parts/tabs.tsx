import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';
import { rovingFocus } from './roving-focus.ts';

export interface Tab {
  readonly key: string;
  readonly label: string;
  readonly icon: IconName;
  readonly content: () => ComponentChildren;
}

/** Tabs beside their panel; a tab shows as soon as it has focus. `label` names the list. */
export function Tabs({ label, tabs, initial }: { label: string; tabs: readonly Tab[]; initial?: string }) {
  const [chosen, choose] = useState(initial ?? tabs[0]?.key);
  const list = useRef<HTMLDivElement>(null);
  const prefix = useId();
  useEffect(() => {
    if (!list.current) return;
    const strip = list.current;
    const chosenTab = strip.querySelector('[aria-selected="true"]');
    // Where the tabs are a strip that scrolls, the chosen one is in sight; a dialog around them opens just after this.
    const frame = requestAnimationFrame(() => chosenTab?.scrollIntoView({ block: 'nearest', inline: 'center' }));
    const stopRoving = rovingFocus(strip, '[role="tab"]', 'both');
    return () => {
      cancelAnimationFrame(frame);
      stopRoving();
    };
  }, []);
  const current = tabs.find((tab) => tab.key === chosen) ?? tabs[0];
  if (!current) return null;
  return (
    <div class="tabs">
      <div ref={list} role="tablist" aria-label={label} class="tab-list">
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${prefix}-${tab.key}`}
            aria-selected={tab === current}
            aria-controls={`${prefix}-panel`}
            tabIndex={tab === current ? 0 : -1}
            onFocus={() => choose(tab.key)}
            onClick={() => choose(tab.key)}
          >
            <Icon name={tab.icon} size="m" />
            <span>{tab.label}</span>
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${prefix}-panel`} aria-labelledby={`${prefix}-${current.key}`} class="tab-panel">
        {current.content()}
      </div>
    </div>
  );
}
