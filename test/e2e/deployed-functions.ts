/** The stack's functions, called by hand and set otherwise, as the Lambda console would. */
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
// Points this process at the stack.
import './deployed-stack.ts';

const lambda = new LambdaClient({});

/** Calls it and gives its answer; an error of the function is thrown. */
export async function invoke(name: string, input: unknown): Promise<unknown> {
  const FunctionName = await functionNamed(name);
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(input) }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`${name}: ${text}`);
  return JSON.parse(text);
}

/** Sets environment variables of a function beside its own; what comes back takes them away again. */
export async function setVariables(
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const FunctionName = await functionNamed(name);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const own = Environment?.Variables ?? {};
  const set = (Variables: Record<string, string>) =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await set({ ...own, ...variables });
  return async () => {
    await set(own);
  };
}

async function functionNamed(name: string): Promise<string> {
  const own = `Functions${name.replaceAll('-', '')}Function`;
  let Marker: string | undefined;
  for (;;) {
    const { Functions = [], NextMarker } = await lambda.send(
      new ListFunctionsCommand(Marker === undefined ? {} : { Marker }),
    );
    const found = Functions.find(({ FunctionName }) => FunctionName?.includes(own));
    if (found !== undefined) return found.FunctionName!;
    if (NextMarker === undefined || NextMarker === '') throw new Error(`the stack has no function ${name}`);
    Marker = NextMarker;
  }
}
