/** Whether a deployed stack posts its events: each costs the local engine a call, and most tests raise thousands. */
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';

const EventBusName = 'assay-dev';

export async function switchWebhook(isOn: boolean): Promise<void> {
  const events = new EventBridgeClient({});
  const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName }));
  const Name = Rules.find((rule) => rule.Name?.includes('Webhook'))?.Name;
  if (Name === undefined) throw new Error(`the bus ${EventBusName} has no rule for a webhook`);
  const rule = { EventBusName, Name };
  await events.send(isOn ? new EnableRuleCommand(rule) : new DisableRuleCommand(rule));
}
