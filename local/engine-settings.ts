/** What MiniStack is set to, however it is started. */

export const VERSION = '1.4.21';

/**
 * `SFN_WAIT_SCALE`: waits between tries are a tenth of what they are in AWS. The two that are off would listen on every
 * interface of the machine.
 */
export const settings = (functionsPort: number): Readonly<Record<string, string>> => ({
  // Where the functions reach the engine.
  GATEWAY_PORT: String(functionsPort),
  MINISTACK_HOST: 'localhost',
  SFN_WAIT_SCALE: '0.1',
  SFTP_ENABLED: '0',
  IOT_MTLS_ENABLED: '0',
  // The functions run as the engine's children and take on its environment.
  ORT_DISABLE_TELEMETRY: '1',
});
