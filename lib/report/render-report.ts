/**
 * Renders ReportData as one HTML file: no script, no network, nothing from outside. The same data gives the same bytes. A section
 * without data is left out; what a scored drop shows comes first, the model behind it after.
 */
import { describeBeeswarm } from './beeswarm.ts';
import { describeCalibration } from './calibration.ts';
import { describeClassBalance } from './class-balance.ts';
import { describeConfusion } from './confusion-matrix.ts';
import { describeRejects, describeRuleHits } from './counted-bars.ts';
import { describeCurves } from './curves.ts';
import { describeDrift } from './drift.ts';
import { describeFlags } from './flags.ts';
import { renderHeader } from './header.ts';
import { html } from './html.ts';
import { describeImportances } from './importances.ts';
import { describeThresholds } from './other-thresholds.ts';
import { describeOverFitting } from './over-fitting.ts';
import { renderPage } from './page.ts';
import { describePrecisionAtK } from './precision-at-k.ts';
import { describeProvenance } from './provenance.ts';
import type { ReportData, ScoringSection } from './report-data.ts';
import { BY_DECISION, BY_LABEL, describeScores } from './score-distribution.ts';
import { renderSection, type Section } from './section.ts';
import { describeSegments } from './segments.ts';
import { describeWarnings } from './warnings.ts';

/** The report as a complete HTML document. */
export function renderReport(data: ReportData): string {
  const drop = data.scoring === null ? [] : describeDrop(data, data.scoring);
  const model = data.scoring === null ? describeTraining(data) : describeModel(data);
  const body =
    drop.length === 0
      ? html`${model.map((section) => renderSection(section, 2))}`
      : html`${drop.map((section) => renderSection(section, 2))}<div class="part"><h2>The model behind these scores</h2><p>Measured when the model was trained, on records held out from it, and not on this file.</p></div>
${model.map((section) => renderSection(section, 3))}`;
  return renderPage({ title: data.title, top: renderHeader(data, [...drop, ...model]), body });
}

function describeDrop(data: ReportData, scoring: ScoringSection): Section[] {
  return present([
    describeFlags(scoring),
    describeRuleHits(scoring),
    describeScores(scoring.scores, data.card.threshold.value, BY_DECISION),
    describeBeeswarm(data.beeswarm, 'flagged records'),
    describeDrift(scoring.drift, data.card),
    describeRejects(data.rejects),
  ]);
}

function describeTraining({ card, beeswarm, rejects }: ReportData): Section[] {
  const { evaluation } = card;
  return present([
    describeWarnings(card),
    describeClassBalance(card),
    ...(evaluation === null
      ? []
      : [
          describeScores(evaluation.scores, card.threshold.value, BY_LABEL),
          describeCurves(evaluation),
          describeConfusion(evaluation),
          describeThresholds(evaluation),
          describePrecisionAtK(evaluation),
          describeCalibration(evaluation),
        ]),
    describeOverFitting(card),
    evaluation === null ? null : describeSegments(evaluation),
    describeImportances(card),
    describeBeeswarm(beeswarm, 'records'),
    describeRejects(rejects),
    describeProvenance(card),
  ]);
}

function describeModel({ card }: ReportData): Section[] {
  const { evaluation } = card;
  return present([
    ...(evaluation === null
      ? []
      : [describeCurves(evaluation), describeConfusion(evaluation), describeCalibration(evaluation)]),
    describeImportances(card),
    describeProvenance(card),
  ]);
}

function present(sections: readonly (Section | null)[]): Section[] {
  return sections.filter((section) => section !== null);
}
