/** What a load found: a table to read, and the figures that it settles. */
import type { MeasuredFigures } from './figures.ts';

export interface LoadReport {
  title: string;
  columns: string[];
  rows: string[][];
  /** What a reader must know to read the table. */
  remarks: string[];
  figures: MeasuredFigures;
}
