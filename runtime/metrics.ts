import { Registry } from 'prom-client';

/**
 * The process's metrics. Names are `parley_<service>_<noun>_<unit>[_total]`; labels only from closed sets, never a room,
 * a user or an address (decisions.md, "Logs and metrics").
 */
export class Metrics extends Registry {}
