import type { MeetingState } from '../../client/meeting-types.ts';
import { followSpeaker, noStageSpeaker } from '../layout/dominant.ts';
import { type AppForm, isSmallForm } from '../layout/form.ts';
import { emptyOrder, type Speech, swapIn, withPinned, withPresent } from '../layout/order.ts';
import { nextStrip, type StripPlace } from '../layout/strip.ts';
import type { StageInput } from '../stage/stage.ts';
import { SELF_TILE, sharedScreens } from './people.ts';

export interface FloorView {
  readonly form: AppForm;
  readonly mode: 'grid' | 'speaker';
  readonly pinned: string | undefined;
  /** Tab chosen while several share. */
  readonly chosenScreen: string | undefined;
  readonly page: number;
  readonly self: StageInput['self'];
  readonly selfCorner: StageInput['selfCorner'];
  readonly hasStrip: boolean;
  readonly hasInviteCard: boolean;
  readonly hasDialIn: boolean;
  /** Others on page 1, as last laid out. */
  readonly firstPageOthers: number;
}

/** The strip may hold at most this many; the layout shows as many of them as fit. */
const STRIP_CAPACITY = 12;

/** Remembers who spoke when, and from it says who stands where. Time comes in; nothing here looks at a clock. */
export class Floor {
  private order = emptyOrder;
  private stageSpeaker = noStageSpeaker;
  private strip: readonly StripPlace[] = [];
  private speech: Speech | undefined;
  private readonly lastSpokeMs = new Map<string, number>();

  /** Call on each change of the meeting and about twice a second. */
  advance(state: MeetingState, view: FloorView, nowMs: number): void {
    const ids = state.participants.map((person) => person.id);
    this.order = withPresent(this.order, ids);
    const { dominantSpeaker } = state;
    if (dominantSpeaker !== this.speech?.speaker) {
      this.speech = dominantSpeaker === undefined ? undefined : { speaker: dominantSpeaker, sinceMs: nowMs };
    }
    if (dominantSpeaker !== undefined) this.lastSpokeMs.set(dominantSpeaker, nowMs);
    this.stageSpeaker = followSpeaker(this.stageSpeaker, dominantSpeaker, state.self.id, nowMs);
    // While one looks at another page, page 1 may change, but the page in sight never does.
    if (view.page === 0) {
      this.order = swapIn(this.order, this.speech, view.pinned, view.firstPageOthers, this.lastSpokeMs, nowMs);
    }
    const byRecency = this.byRecency(ids);
    this.strip = nextStrip(this.strip, byRecency, Math.min(STRIP_CAPACITY, byRecency.length), nowMs);
  }

  input(state: MeetingState, view: FloorView): StageInput {
    const screens = sharedScreens(state);
    const present = new Set(state.participants.map((person) => person.id));
    const people = withPinned(this.order.ids, view.pinned);
    const screenOnStage = screens.find((screen) => screen.id === view.chosenScreen) ?? screens.at(-1);
    const pinned = view.pinned !== undefined && (present.has(view.pinned) || screens.some((s) => s.id === view.pinned));
    const needsStage = view.mode === 'speaker' || screens.length > 0 || isSmallForm(view.form);
    const onStageId = pinned ? view.pinned : (screenOnStage?.id ?? this.speakerOf(state, present));
    const isScreen = screens.some((screen) => screen.id === onStageId);
    // A pinned person keeps the stage from a screen, which then leads the strip.
    const stripScreens = isScreen ? [] : screens.map((screen) => screen.id);
    return {
      form: view.form,
      mode: screens.length > 0 ? 'speaker' : view.mode,
      others: people,
      self: view.self,
      onStage: needsStage && onStageId !== undefined ? { id: onStageId, isScreen } : undefined,
      stripOrder: [...stripScreens, ...this.stripIds(people)],
      hasStrip: view.hasStrip,
      page: view.page,
      selfCorner: view.selfCorner,
      hasInviteCard: view.hasInviteCard,
      hasDialIn: view.hasDialIn,
    };
  }

  private speakerOf(state: MeetingState, present: ReadonlySet<string>): string | undefined {
    const { current } = this.stageSpeaker;
    if (current !== undefined && present.has(current)) return current;
    return state.recentSpeakers.find((id) => present.has(id)) ?? state.participants.at(-1)?.id;
  }

  private stripIds(people: readonly string[]): readonly string[] {
    const inStrip = this.strip.map((place) => place.id).filter((id) => people.includes(id));
    return [...inStrip, ...people.filter((id) => !inStrip.includes(id))];
  }

  private byRecency(ids: readonly string[]): readonly string[] {
    const spoke = (id: string) => this.lastSpokeMs.get(id) ?? Number.NEGATIVE_INFINITY;
    const compare = (a: string, b: string) => (spoke(a) === spoke(b) ? 0 : spoke(b) - spoke(a));
    return ids.toSorted(compare);
  }
}

export const selfTileInput = (isHidden: boolean, aspect: number): StageInput['self'] =>
  isHidden ? undefined : { id: SELF_TILE, aspect };
