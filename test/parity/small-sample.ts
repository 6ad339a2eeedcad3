/** Writes the small sample that python-models.py trains on: `node test/parity/small-sample.ts FOLDER`. */
import { writeSmallFinance } from '../helpers/small-sample.ts';

await writeSmallFinance(process.argv[2]!, 8000);
