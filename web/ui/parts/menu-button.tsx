import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';
import { placePopover } from './place-popover.ts';
import { rovingFocus } from './roving-focus.ts';

export interface MenuAction {
  readonly kind: 'action';
  readonly label: string;
  readonly icon?: IconName;
  readonly hint?: string;
  readonly isDanger?: boolean;
  /** Why it may not be used now; the row stays readable. */
  readonly forbidden?: string;
  readonly onSelect: () => void;
}

export interface MenuChoice {
  readonly kind: 'choice';
  readonly label: string;
  readonly isChosen: boolean;
  readonly onSelect: () => void;
}

/** Entries side by side, each shown by a text as short as an emoji. */
export interface MenuChoiceRow {
  readonly kind: 'row';
  readonly label: string;
  readonly items: readonly {
    readonly label: string;
    readonly text: string;
    /** On or off; absent for one that may be pressed again and again, with the menu staying open. */
    readonly isChosen?: boolean;
    readonly onSelect: () => void;
  }[];
}

export type MenuEntry =
  | MenuAction
  | MenuChoice
  | MenuChoiceRow
  | { readonly kind: 'separator' }
  | { readonly kind: 'heading'; readonly label: string };

interface MenuButtonProps {
  /** The button's accessible name. */
  label: string;
  className: string;
  /** Asked again at each drawing, also while the menu is open: entries that come or go move those below them. */
  entries: () => readonly MenuEntry[];
  children: ComponentChildren;
  side?: 'above' | 'below';
  align?: 'start' | 'end' | 'center';
  /** Content above the entries that is not part of the menu, e.g. a level meter. */
  header?: ComponentChildren;
  tip?: string;
  description?: string | undefined;
  shortcutKeys?: string | undefined;
  /** One of the toolbar's items, which arrows reach. */
  isTool?: boolean;
}

/** A button with a real menu (WAI-ARIA menu button): arrows, Home, End, first letters, Escape, Tab closes. */
export function MenuButton(props: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  const close = (returnsFocus: boolean) => {
    setOpen(false);
    if (returnsFocus) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={props.className}
        aria-label={props.label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? menuId : undefined}
        aria-description={props.description}
        data-tip={props.tip}
        data-key={props.shortcutKeys}
        data-tool={props.isTool}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          // In the column of a phone on its side up and down move along the bar, in a list along the list.
          const isColumn = event.currentTarget.closest('[aria-orientation="vertical"], [data-arrows]') !== null;
          if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || isColumn) return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {props.children}
      </button>
      {isOpen && button.current && (
        <Menu
          id={menuId}
          label={props.label}
          opener={button.current}
          entries={props.entries()}
          side={props.side ?? 'above'}
          align={props.align ?? 'center'}
          header={props.header}
          onClose={close}
        />
      )}
    </>
  );
}

interface MenuProps {
  id: string;
  label: string;
  opener: HTMLElement;
  entries: readonly MenuEntry[];
  side: 'above' | 'below';
  align: 'start' | 'end' | 'center';
  header?: ComponentChildren;
  onClose: (returnsFocus: boolean) => void;
}

const ITEM = '[role^="menuitem"]';

export function Menu({ id, label, opener, entries, side, align, header, onClose }: MenuProps) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = box.current;
    const items = list.current;
    if (!element || !items) return;
    element.showPopover();
    const view = { width: innerWidth, height: innerHeight };
    const place = placePopover(opener.getBoundingClientRect(), element.getBoundingClientRect(), view, side, align);
    element.style.setProperty('--x', `${place.x}px`);
    element.style.setProperty('--y', `${place.y}px`);
    element.style.setProperty('--max-height', `${place.maxHeight}px`);
    const hasRow = entries.some(({ kind }) => kind === 'row');
    const stopRoving = rovingFocus(items, ITEM, hasRow ? 'both' : 'vertical');
    const first = items.querySelector<HTMLElement>('[aria-checked="true"]') ?? items.querySelector<HTMLElement>(ITEM);
    first?.focus({ preventScroll: false });
    const onPointerDown = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!element.contains(target) && !opener.contains(target)) onClose(false);
    };
    const onResize = () => onClose(false);
    document.addEventListener('pointerdown', onPointerDown, true);
    window.addEventListener('resize', onResize);
    return () => {
      stopRoving();
      document.removeEventListener('pointerdown', onPointerDown, true);
      window.removeEventListener('resize', onResize);
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      onClose(true);
    } else if (event.key === 'Tab') {
      onClose(true);
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== ' ') {
      event.stopPropagation();
      focusByLetter(list.current, event.key);
    } else {
      // Keys of the menu are not shortcuts of the meeting.
      event.stopPropagation();
    }
  };

  return (
    <div ref={box} class="menu" popover="manual">
      {header}
      <div ref={list} id={id} role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
        {entries.map((entry, index) => (
          <MenuRow key={index} entry={entry} onClose={onClose} />
        ))}
      </div>
    </div>
  );
}

function MenuRow({ entry, onClose }: { entry: MenuEntry; onClose: (returnsFocus: boolean) => void }) {
  if (entry.kind === 'separator') return <hr />;
  if (entry.kind === 'heading') {
    return (
      <div role="presentation" class="menu-heading">
        {entry.label}
      </div>
    );
  }
  const selecting = (onSelect: () => void) => () => {
    // Focus first: what the action opens may move it on.
    onClose(true);
    onSelect();
  };
  if (entry.kind === 'row') {
    return (
      <div role="group" aria-label={entry.label} class="menu-row">
        {entry.items.map(({ label, text, isChosen, onSelect }) => (
          <button
            key={text}
            type="button"
            role={isChosen === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-label={label}
            aria-checked={isChosen}
            data-tip={label}
            tabIndex={-1}
            onClick={isChosen === undefined ? onSelect : selecting(onSelect)}
          >
            {text}
          </button>
        ))}
      </div>
    );
  }
  const select = selecting(entry.onSelect);
  if (entry.kind === 'choice') {
    return (
      <button type="button" role="menuitemradio" aria-checked={entry.isChosen} tabIndex={-1} onClick={select}>
        <span class="menu-check">{entry.isChosen && <Icon name="check" size="m" />}</span>
        <span class="menu-label">{entry.label}</span>
      </button>
    );
  }
  const isForbidden = entry.forbidden !== undefined;
  return (
    <button
      type="button"
      role="menuitem"
      class={entry.isDanger ? 'menu-danger' : undefined}
      aria-disabled={isForbidden || undefined}
      tabIndex={-1}
      onClick={isForbidden ? undefined : select}
    >
      {entry.icon && <Icon name={entry.icon} size="m" />}
      <span class="menu-label">
        {entry.label}
        {entry.forbidden !== undefined && <small>{entry.forbidden}</small>}
      </span>
      {entry.hint !== undefined && <kbd aria-hidden="true">{entry.hint}</kbd>}
    </button>
  );
}

function focusByLetter(list: HTMLElement | null, letter: string): void {
  const items = [...(list?.querySelectorAll<HTMLElement>(ITEM) ?? [])];
  const from = items.findIndex((item) => item === document.activeElement);
  const rotated = [...items.slice(from + 1), ...items.slice(0, from + 1)];
  const starts = (item: HTMLElement) => item.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase());
  rotated.find(starts)?.focus();
}
