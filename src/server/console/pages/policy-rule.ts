/** One rule of a policy: its fields, and its words for those who only look. */
import { devicePlatforms, keyProtections } from '../../../protocol/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import { choiceGroup, section, selectField, submitButton, textField } from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { platformName, protectionName, shortName } from './labels.ts';
import type { RuleForm } from '../policy-form.ts';

/**
 * The fields of one rule.
 *
 * @param index - from 0
 * @param length - how many rules there are
 * @param action - where the form goes; its buttons come back to the rule that they moved
 */
export function ruleFields(
  rule: RuleForm,
  index: number,
  length: number,
  authorities: readonly AuthorityInfo[],
  action: string,
): Html {
  const name = (field: string): string => `rule-${index}-${field}`;
  return html`<fieldset class="rule" id="rule-${index + 1}">
    <legend>Rule ${index + 1}</legend>
    <div class="rule-grid">
      ${textField({ name: name('name'), label: 'Name', value: rule.name })}
      ${selectField({
        name: name('device'),
        label: 'Device',
        value: rule.device,
        choices: [
          { value: 'managed', label: 'Managed' },
          { value: 'unmanaged', label: 'Not managed' },
          { value: 'any', label: 'Any' },
        ],
      })}
      ${selectField({
        name: name('effect'),
        label: 'Then',
        value: rule.effect,
        choices: [
          { value: 'allow', label: 'Allow' },
          { value: 'deny', label: 'Deny' },
        ],
      })}
    </div>
    <div class="rule-grid">
      ${choiceGroup({
        name: name('platforms'),
        label: 'Platform (none chosen: any)',
        type: 'checkbox',
        values: rule.platforms,
        choices: devicePlatforms.map((value) => ({ value, label: platformName(value) })),
      })}
      ${choiceGroup({
        name: name('keyProtection'),
        label: 'Key protection, as the agent says (none chosen: any)',
        type: 'checkbox',
        values: rule.keyProtection,
        choices: keyProtections.map((value) => ({ value, label: protectionName(value) })),
      })}
      ${
        authorities.length > 0 &&
        choiceGroup({
          name: name('authorities'),
          label: 'Certificate authority (none chosen: any)',
          type: 'checkbox',
          values: rule.authorities,
          choices: authorityChoices(rule, authorities),
        })
      }
    </div>
    <div class="rule-grid">
      ${textField({
        name: name('agentAtLeast'),
        label: 'Agent version at least',
        value: rule.agentAtLeast,
        hint: 'Such as 1.4.0',
      })}
      ${textField({ name: name('agentBelow'), label: 'Agent version below', value: rule.agentBelow })}
      ${textField({
        name: name('message'),
        label: 'What a denied person reads',
        value: rule.message,
        maxLength: 300,
      })}
    </div>
    <div class="form-actions">
      ${
        index > 0 &&
        submitButton('Move up', 'quiet', {
          name: 'action',
          value: `up:${index}`,
          action: `${action}#rule-${index}`,
          label: `Move rule ${index + 1} up`,
        })
      }
      ${
        index < length - 1 &&
        submitButton('Move down', 'quiet', {
          name: 'action',
          value: `down:${index}`,
          action: `${action}#rule-${index + 2}`,
          label: `Move rule ${index + 1} down`,
        })
      }
      ${submitButton('Remove', 'quiet', {
        name: 'action',
        value: `remove:${index}`,
        action: `${action}#rules`,
        label: `Remove rule ${index + 1}`,
      })}
    </div>
  </fieldset>`;
}

/** An authority that was deleted since stays in the rule until it is taken out. */
function authorityChoices(rule: RuleForm, authorities: readonly AuthorityInfo[]) {
  const known = authorities.map(({ id, certificate }) => ({
    value: id,
    label: shortName(certificate.subject),
  }));
  const lost = rule.authorities.filter((id) => !known.some(({ value }) => value === id));
  return [...known, ...lost.map((id) => ({ value: id, label: `${id.slice(0, 16)}… (deleted)` }))];
}

/**
 * One rule for those who only look.
 *
 * @param index - from 0
 */
export function readOnlyRule(
  rule: RuleForm,
  index: number,
  authorities: readonly AuthorityInfo[],
): Html {
  const names = authorityChoices(rule, authorities)
    .filter(({ value }) => rule.authorities.includes(value))
    .map(({ label }) => label);
  const conditions: readonly (readonly [string, string])[] = [
    ['Device', rule.device],
    ['Platform', rule.platforms.map(platformName).join(', ')],
    ['Key protection', rule.keyProtection.map(protectionName).join(', ')],
    ['Certificate authority', names.join(', ')],
    ['Agent version at least', rule.agentAtLeast],
    ['Agent version below', rule.agentBelow],
    ['Then', rule.effect],
  ];
  const made = conditions.filter(([, value]) => value !== '');
  return section(
    `Rule ${index + 1}: ${rule.name}`,
    html`<dl class="facts">
      ${made.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`,
  );
}
