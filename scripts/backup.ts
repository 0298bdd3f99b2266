/** `pnpm backup FOLDER`, `pnpm restore FOLDER`: copies of the embedded mode's data (`DATA_DIR`). */
import { BackupRefused, backUp, readConfiguration, restore } from '@ringback/service-kit';

const usage = `pnpm backup FOLDER    copies the data of DATA_DIR into a new folder, while Ringback runs or while it is stopped
pnpm restore FOLDER   makes such a copy the data of DATA_DIR, which must be empty
`;

const [name, folder, ...rest] = process.argv.slice(2).filter((argument) => argument !== '--');
const write = (text: string) => process.stdout.write(text);

if (name === '--help' || folder === '--help') {
  write(usage);
} else if (folder === undefined || rest.length > 0) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const { dataDirectory } = readConfiguration(process.env);
  try {
    if (name === 'restore') {
      await restore(folder, dataDirectory);
      write(
        `${dataDirectory} holds the data of ${folder}. Start Ringback with the same SECRET_KEY, if it is set.\n`,
      );
    } else {
      const { bytes, online, folder: made } = await backUp(dataDirectory, folder);
      const how = online ? 'while it ran' : 'while it was stopped';
      write(`${made} holds ${(bytes / 1e6).toFixed(1)} MB, copied ${how}.\n`);
    }
  } catch (error) {
    if (!(error instanceof BackupRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
