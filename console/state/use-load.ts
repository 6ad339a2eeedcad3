/** What a page shows of the API: the answer of before stays until the new one is there, and an error does not take it away. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<Value> {
  readonly value: Value | null;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** `key` names what is loaded: another key, another answer. */
export function useLoad<Value>(key: string, load: (abort: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [state, setState] = useState<{ key: string; value: Value | null; error: unknown }>({
    key: '',
    value: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    setLoading(true);
    latest.current(abort.signal).then(
      (value) => {
        if (abort.signal.aborted) return;
        setState({ key, value, error: null });
        setLoading(false);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setState((before) => ({ key, value: before.key === key ? before.value : null, error }));
        setLoading(false);
      },
    );
    return () => abort.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const isOwn = state.key === key;
  return { value: isOwn ? state.value : null, error: isOwn ? state.error : null, isLoading, reload };
}
