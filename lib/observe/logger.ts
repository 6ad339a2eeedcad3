/**
 * The log: one JSON object a line. It has a message and fields of the list, and nothing else, for the formatter itself drops what is
 * not on the list, the caller the logger and how.
 */
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { allowedFields, type LogFields } from './log-fields.ts';
import { safeError, safeText } from './safe-error.ts';

class AllowListFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, additional: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, xRayTraceId } = attributes;
    const { error } = additional;
    const base = {
      level: logLevel,
      message: safeText(message),
      timestamp: timestamp.toISOString(),
      service: serviceName,
      function_name: lambdaContext?.functionName,
      function_request_id: lambdaContext?.awsRequestId,
      cold_start: lambdaContext?.coldStart,
      xray_trace_id: xRayTraceId,
    };
    return new LogItem({
      attributes: {
        ...base,
        ...(error instanceof Error && errorFields(error)),
        ...allowedFields(additional),
      },
    });
  }
}

/** Made once in a process. Service name and level come from Powertools' own variables. */
export const powertoolsLogger = new Logger({ logFormatter: new AllowListFormatter() });

export const log = {
  info: (message: string, fields: LogFields = {}): void => powertoolsLogger.info(message, { ...fields }),
  warn: (message: string, fields: LogFields = {}): void => powertoolsLogger.warn(message, { ...fields }),
  error: (message: string, fields: LogFields = {}): void => powertoolsLogger.error(message, { ...fields }),
};
export type Log = typeof log;

export function errorFields(error: unknown): Pick<LogFields, 'error_name' | 'error_message' | 'error_at'> {
  const { name, message, at } = safeError(error);
  return { error_name: name, error_message: message, error_at: at };
}
