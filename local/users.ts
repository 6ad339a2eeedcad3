/** A user of each role in the stack's pool, all with one password that is made once and kept in `.assay/`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { ROLES } from '../lib/stack/identity.ts';
import { places } from '../operations/places.ts';
import type { Outputs } from './deploy.ts';

export interface Users {
  readonly names: readonly string[];
  readonly password: string;
}

type Pool = Pick<Outputs, 'UserPoolId' | 'UserPoolClientId'>;

export async function createUsers({ UserPoolId }: Pool): Promise<Users> {
  const client = new CognitoIdentityProviderClient({});
  const names = Object.keys(ROLES);
  const password = storedPassword();
  for (const Username of names) {
    try {
      await client.send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username,
          TemporaryPassword: password,
          MessageAction: 'SUPPRESS',
        }),
      );
    } catch (error) {
      if (!(error instanceof UsernameExistsException)) throw error;
    }
    await client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
    );
    await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: Username }));
  }
  return { names, password };
}

/** Signs in, and keeps the token in a file for who calls the API by hand. */
export async function signIn(pool: Pool, username: string, password: string): Promise<string> {
  const { AuthenticationResult } = await new CognitoIdentityProviderClient({}).send(
    new AdminInitiateAuthCommand({
      UserPoolId: pool.UserPoolId,
      ClientId: pool.UserPoolClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );
  const token = AuthenticationResult?.IdToken;
  if (token === undefined) throw new Error(`${username} signed in and was given no token`);
  writeFileSync(places.token, token, { mode: 0o600 });
  return token;
}

function storedPassword(): string {
  if (existsSync(places.users)) return (JSON.parse(readFileSync(places.users, 'utf8')) as Users).password;
  // Of every kind of character that the pool asks for.
  const password = `${randomBytes(12).toString('base64url')}-aA1`;
  writeFileSync(places.users, JSON.stringify({ password }), { mode: 0o600 });
  return password;
}
