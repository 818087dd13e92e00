import type { LogFields, Logger } from '@zebu/interfaces';

export class RecordingLogger implements Logger {
  readonly warnings: { readonly message: string; readonly fields: LogFields }[] = [];

  debug(): void {}

  info(): void {}

  warn(message: string, fields: LogFields = {}): void {
    this.warnings.push({ message, fields });
  }

  error(): void {}
}
