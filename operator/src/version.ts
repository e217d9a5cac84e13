/** The version of this program, as status, metrics, requests to the API server and `--version` say it. */
import packageFile from '../package.json' with { type: 'json' };

export const VERSION: string = packageFile.version;
