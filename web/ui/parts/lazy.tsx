import type { ComponentType, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LoadFailure, type LoadProblem } from './load-failure.tsx';
import { loadPart } from './load-part.ts';

/** A component that is fetched when it is first drawn, or before. */
export type LazyComponent<Props> = FunctionComponent<Props> & {
  /**
   * Fetches it for later.
   * @param isConnected the server has answered a moment ago
   * @returns why it has not come, or undefined once it is here
   */
  preload(isConnected?: boolean): Promise<LoadProblem | undefined>;
};

/**
 * A component that is drawn when it has come; should it not come, the person is told and may try again.
 * @param giveUp closes what the person has opened; without it there is no way but to try again
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  giveUp?: (props: Props) => void,
): LazyComponent<Props> {
  let loaded: ComponentType<Props> | undefined;

  const preload = async (isConnected = false): Promise<LoadProblem | undefined> => {
    if (loaded !== undefined) return undefined;
    const result = await loadPart(load, { isConnected });
    if (result.kind !== 'loaded') return result.kind;
    loaded = result.part;
    return undefined;
  };

  function Lazy(props: Props) {
    const [problem, setProblem] = useState<LoadProblem>();
    const [, setLoaded] = useState(loaded !== undefined);
    const attempt = async () => {
      // The dialog goes first and gives the focus back: what opens next returns it to the same place.
      setProblem(undefined);
      const found = await preload();
      setProblem(found);
      setLoaded(found === undefined);
    };
    useEffect(() => {
      if (loaded === undefined) void attempt();
    }, []);
    const Component = loaded;
    if (Component) return <Component {...props} />;
    if (problem === undefined) return null;
    const close = giveUp && (() => giveUp(props));
    return <LoadFailure problem={problem} onRetry={() => void attempt()} onClose={close} />;
  }

  return Object.assign(Lazy, { preload });
}
