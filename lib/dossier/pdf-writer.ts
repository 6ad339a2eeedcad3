/**
 * Pages for people, screen readers included: a tagged PDF with title, language, headings and tables with headers. Text flows from top
 * to bottom; what a font has no sign for is shown by its code, never as an empty box.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import { BOLD, REGULAR } from './pdf-fonts.ts';

export interface PdfColumn {
  readonly head: string;
  /** Share of the width. */
  readonly width: number;
  readonly align?: 'right';
  /** Its cells name their row. */
  readonly isRowHead?: boolean;
  /** Sentences: not in bold, though they name their row. */
  readonly isPlain?: boolean;
  /** Hashes and ids: smaller, broken anywhere. */
  readonly isCode?: boolean;
}

export interface PdfRow {
  readonly cells: readonly string[];
  /** From -1 to 1, drawn as a bar in the column of this index, whose text is left empty. */
  readonly bar?: { readonly column: number; readonly share: number };
}

interface MeasuredRow extends PdfRow {
  readonly kind: 'head' | 'body';
  /** To measure a text is to lay it out: once a row. */
  readonly height: number;
}

export interface PdfFacts {
  readonly title: string;
  readonly subject: string;
  readonly author: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly footer: string;
}

const MARGIN = 54;
const FOOTER = 30;
const PAD = 4;
/** A longer text is cut, with its length: the JSON beside the PDF has all of it. */
const MAX_CELL = 600;
const INK = '#1c2430';
const MUTED = '#566070';
const LINE = '#cfd6de';
const SHADE = '#eef2f6';
const RAISES = '#b3471d';
const LOWERS = '#2b6ca3';
const SIZES = { 1: 20, 2: 14, 3: 11 } as const;
const BODY = 9.5;
const CODE = 7.5;

type Struct = PDFKit.PDFStructureElement;
type Face = 'regular' | 'bold';

export class PdfWriter {
  readonly #doc: PDFKit.PDFDocument;
  readonly #root: Struct;
  readonly #done: Promise<Buffer>;
  readonly #footer: string;

  constructor({ title, subject, author, createdAt, footer }: PdfFacts) {
    const regular = readFileSync(fileURLToPath(REGULAR));
    // The types lag behind: PDF/UA, and a first font from bytes.
    const options: object = {
      ...{ size: 'A4', margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + FOOTER } },
      ...{ pdfVersion: '1.7', subset: 'PDF/UA', tagged: true, displayTitle: true, lang: 'en' },
      ...{ bufferPages: true, font: regular },
      info: { Title: title, Subject: subject, Author: author, CreationDate: new Date(createdAt) },
    };
    const doc = new PDFDocument(options as PDFKit.PDFDocumentOptions);
    doc.registerFont('regular', regular);
    doc.registerFont('bold', readFileSync(fileURLToPath(BOLD)));
    const chunks: Buffer[] = [];
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.#done = new Promise((resolve, reject) => {
      doc.on('end', () => resolve(Buffer.concat(chunks)));
      doc.on('error', reject);
    });
    this.#doc = doc;
    this.#root = doc.struct('Document');
    doc.addStructure(this.#root);
    this.#footer = footer;
  }

  heading(level: 1 | 2 | 3, text: string): void {
    const size = SIZES[level];
    // A heading is not left alone at the end of a page.
    this.#room(size * 1.4 + 60);
    if (level > 1) this.#doc.moveDown(level === 2 ? 1 : 0.6);
    this.#put(`H${level}`, text, 'bold', size, INK);
    this.#doc.moveDown(0.3);
  }

  paragraph(text: string, tone: 'normal' | 'muted' = 'normal'): void {
    this.#put('P', text, 'regular', BODY, tone === 'muted' ? MUTED : INK);
    this.#doc.moveDown(0.5);
  }

  newPage(): void {
    this.#doc.addPage();
  }

  table(columns: readonly PdfColumn[], rows: readonly PdfRow[]): void {
    const table = this.#doc.struct('Table');
    this.#root.add(table);
    const head = this.#measure(columns, { cells: columns.map((column) => column.head) }, 'head');
    const parts = { head: this.#doc.struct('THead'), body: this.#doc.struct('TBody') };
    table.add(parts.head);
    this.#row(parts.head, columns, head);
    parts.head.end();
    table.add(parts.body);
    for (const row of rows.map((one) => this.#measure(columns, one, 'body'))) {
      if (this.#isFull(row.height)) {
        this.#doc.addPage();
        // Once more for the eye: the structure has it already.
        this.#cells(columns, head, (_, draw) => this.#artifact(draw));
      }
      this.#row(parts.body, columns, row);
    }
    parts.body.end();
    table.end();
    this.#doc.moveDown(0.6);
  }

  async end(): Promise<Buffer> {
    this.#root.end();
    const doc = this.#doc;
    const { count } = doc.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      doc.switchToPage(page);
      // Below the bottom margin pdfkit would begin a new page.
      doc.page.margins.bottom = 0;
      this.#artifact(() => {
        const y = doc.page.height - MARGIN;
        const options = { width: this.#width, lineBreak: false } as const;
        this.#face('regular', CODE, MUTED);
        doc.text(this.#shown(this.#footer), MARGIN, y, options);
        doc.text(`Page ${page + 1} of ${count}`, MARGIN, y, { ...options, align: 'right' });
      }, 'Pagination');
    }
    doc.end();
    return await this.#done;
  }

  get #width(): number {
    return this.#doc.page.width - 2 * MARGIN;
  }

  #put(tag: string, text: string, face: Face, size: number, colour: string): void {
    this.#root.add(
      this.#doc.struct(tag, {}, () => {
        this.#face(face, size, colour);
        this.#doc.text(this.#shown(text), MARGIN, this.#doc.y, { width: this.#width });
      }),
    );
  }

  #row(parent: Struct, columns: readonly PdfColumn[], row: MeasuredRow): void {
    const { kind } = row;
    const element = this.#doc.struct('TR');
    parent.add(element);
    this.#cells(columns, row, (at, draw) => {
      const isHead = kind === 'head' || columns[at]!.isRowHead === true;
      const cell = this.#doc.struct(isHead ? 'TH' : 'TD');
      if (isHead) {
        const scope = kind === 'head' ? 'Column' : 'Row';
        // pdfkit has no option for it outside of its own tables.
        const { data } = (cell as unknown as { dictionary: { data: Record<string, unknown> } }).dictionary;
        data.A = { O: 'Table', Scope: scope };
      }
      element.add(cell);
      cell.add(draw as never);
      cell.end();
    });
    element.end();
  }

  /** `place` puts what draws a cell where it belongs. */
  #cells(
    columns: readonly PdfColumn[],
    { cells, bar, kind, height }: MeasuredRow,
    place: (at: number, draw: () => void) => void,
  ): void {
    const doc = this.#doc;
    const top = doc.y;
    if (kind === 'head') this.#decorate(() => doc.rect(MARGIN, top, this.#width, height).fill(SHADE));
    this.#decorate(() =>
      doc
        .moveTo(MARGIN, top + height)
        .lineTo(MARGIN + this.#width, top + height)
        .lineWidth(0.5)
        .stroke(LINE),
    );
    let x = MARGIN;
    for (const [at, column] of columns.entries()) {
      const width = this.#widthOf(columns, column);
      const left = x + PAD;
      if (bar?.column === at) this.#bar(bar.share, left, top, width - 2 * PAD);
      place(at, () => {
        this.#cellFace(column, kind);
        const options = { width: width - 2 * PAD, align: column.align ?? 'left' } as const;
        doc.text(this.#cellText(cells[at]!, column), left, top + PAD - 1, options);
      });
      x += width;
    }
    doc.x = MARGIN;
    doc.y = top + height;
  }

  #bar(share: number, left: number, top: number, width: number): void {
    const middle = left + width / 2;
    const length = (Math.abs(share) * width) / 2;
    this.#decorate(() => {
      this.#doc
        .rect(share < 0 ? middle - length : middle, top + PAD + 2, length, 8)
        .fill(share < 0 ? LOWERS : RAISES)
        .moveTo(middle, top + PAD)
        .lineTo(middle, top + PAD + 12)
        .lineWidth(0.5)
        .stroke(LINE);
    });
  }

  #measure(columns: readonly PdfColumn[], row: PdfRow, kind: 'head' | 'body'): MeasuredRow {
    const heights = columns.map((column, at) => {
      this.#cellFace(column, kind);
      const width = this.#widthOf(columns, column) - 2 * PAD;
      return this.#doc.heightOfString(this.#cellText(row.cells[at]!, column), { width });
    });
    return { ...row, kind, height: Math.max(BODY * 1.4, ...heights) + 2 * PAD - 2 };
  }

  #widthOf(columns: readonly PdfColumn[], { width }: PdfColumn): number {
    return (width / columns.reduce((sum, column) => sum + column.width, 0)) * this.#width;
  }

  #cellFace({ isRowHead, isPlain, isCode }: PdfColumn, kind: 'head' | 'body'): void {
    const isBold = kind === 'head' || (isRowHead === true && isPlain !== true);
    this.#face(isBold ? 'bold' : 'regular', isCode === true && kind === 'body' ? CODE : BODY - 0.5, INK);
  }

  #cellText(text: string, { isCode }: PdfColumn): string {
    const characters = [...text];
    const cut =
      characters.length <= MAX_CELL
        ? text
        : `${characters.slice(0, MAX_CELL).join('')}… (${characters.length} characters, all in dossier.json)`;
    // Where there is no blank a line may break anywhere: to look for the place in a long word takes quadratic time.
    return this.#shown(cut).replaceAll(isCode === true ? /[0-9a-f]{16}/g : /\S{24}/g, '$&\u{200b}');
  }

  #shown(text: string): string {
    const { font } = (
      this.#doc as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } }
    )._font;
    return showSigns(text, (code) => font.hasGlyphForCodePoint(code));
  }

  #face(face: Face, size: number, colour: string): void {
    this.#doc.font(face).fontSize(size).fillColor(colour);
  }

  #room(height: number): void {
    if (this.#isFull(height)) this.#doc.addPage();
  }

  #isFull(height: number): boolean {
    return this.#doc.y + height > this.#doc.page.height - this.#doc.page.margins.bottom;
  }

  #decorate(draw: () => void): void {
    this.#artifact(() => {
      this.#doc.save();
      draw();
      this.#doc.restore();
    });
  }

  /** What the structure says nothing of: lines, shades, page numbers. */
  #artifact(draw: () => void, type: 'Layout' | 'Pagination' = 'Layout'): void {
    this.#doc.markContent('Artifact', { type });
    draw();
    this.#doc.endMarkedContent();
  }
}

/** Signs that a font does not have, and those that would move the text, by their code. */
export function showSigns(text: string, hasGlyph: (code: number) => boolean): string {
  return [...text]
    .map((sign) => {
      if (sign === '\n' || sign === '\u{200b}') return sign;
      const code = sign.codePointAt(0)!;
      const isOdd = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(sign) || !hasGlyph(code);
      return isOdd ? `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]` : sign;
    })
    .join('');
}
