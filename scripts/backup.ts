/** `pnpm backup FOLDER`, `pnpm restore FOLDER`: copies of the embedded mode's data (`DATA_DIR`). */
import {
  BackupRefused,
  backUp,
  ConfigurationInvalid,
  readConfiguration,
  restore,
} from '@ringback/service-kit';
import { readArguments, refuseArguments } from '@ringback/service-kit/command-line';

const usage = `pnpm backup FOLDER    copies the data of DATA_DIR into a new folder, while Ringback runs or while it is stopped
pnpm restore FOLDER   makes such a copy the data of DATA_DIR, which must be empty
`;
const write = (text: string) => process.stdout.write(`${text}\n`);

async function run(name: string, folder: string): Promise<void> {
  const { dataDirectory } = readConfiguration(process.env);
  if (name === 'restore') {
    await restore(folder, dataDirectory);
    write(
      `${dataDirectory} holds the data of ${folder}. Start Ringback with the same SECRET_KEY, if it is set.`,
    );
    return;
  }
  const { bytes, online, folder: made } = await backUp(dataDirectory, folder);
  const how = online ? 'while it ran' : 'while it was stopped';
  write(`${made} holds ${(bytes / 1e6).toFixed(1)} MB, copied ${how}.`);
}

const read = readArguments({ usage, takesNames: true });
if (read !== null) {
  const [name = '', folder, ...more] = read.names;
  if (folder === undefined) refuseArguments('A folder is needed.', usage);
  else if (more.length > 0) refuseArguments(`One folder is needed, not ${1 + more.length}.`, usage);
  else {
    await run(name, folder).catch((error: unknown) => {
      if (!(error instanceof BackupRefused || error instanceof ConfigurationInvalid)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    });
  }
}
