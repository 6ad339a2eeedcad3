/** Of a rule, the least severe first. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';
