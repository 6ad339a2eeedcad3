/** What docs/ holds of regulations: two OSCAL documents and a page. */
import { readMapping } from '../../lib/regulation/mapping.ts';
import { catalogDocument, componentDefinition } from './oscal.ts';
import { readRegulations } from './read-controls.ts';
import { regulationPage } from './regulation-page.ts';

export function regulationFiles(): { readonly name: string; readonly content: string }[] {
  const regulations = readRegulations();
  const catalog = catalogDocument(regulations);
  const definition = componentDefinition(regulations);
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return [
    { name: 'regulation.catalog.json', content: json(catalog) },
    { name: 'regulation.json', content: json(definition) },
    { name: 'regulation.md', content: regulationPage(readMapping(catalog, definition)) },
  ];
}
