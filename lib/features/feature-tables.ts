/**
 * How the columns of the table `features` are named, for all who read it. Rows are in order of `seq`. Always there, under
 * these names: seq; history; label (1, 0 or NULL); entity (as text); time (microseconds since 1970, or the integer
 * itself where the time column is one).
 */
export const FEATURES_TABLE = 'features';

/** DOUBLE; NULL is missing. */
export const featureColumn = (index: number): string => `f_${index}`;
/** DOUBLE: what is usual for the entity; there only where the pack has a `usual` for the feature, and it was asked for. */
export const usualColumn = (index: number): string => `u_${index}`;
/** VARCHAR: a category's text. */
export const categoryColumn = (index: number): string => `c_${index}`;
/** VARCHAR: the key of an encoding. */
export const encodingKeyColumn = (index: number): string => `g_${index}`;
/** DOUBLE: an encoding as it stood before this record. */
export const encodingColumn = (index: number): string => `e_${index}`;
/** BOOLEAN: whether a rule hits. */
export const ruleColumn = (index: number): string => `r_${index}`;
