import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link AgentError}: what the agent refuses or fails at. */
export const agentErrors = {
  settings_missing:
    'No settings name a server, so the agent answers nobody; deploy a policy or write a settings file.',
  settings_unreadable: 'Settings cannot be read; check that they are there and their permissions.',
  settings_malformed: 'Settings are not the JSON object they must be.',
  settings_member_unknown: 'The settings have a member that does not exist; see docs/settings.md.',
  settings_member_invalid:
    'A member of the settings has a value it may not have; see docs/settings.md.',
  ca_file_invalid: 'The file of further authorities (caFile) holds no PEM certificates to trust.',
  state_directory_unusable:
    'The agent’s state directory cannot be used; it must belong to this user alone.',
  host_refused:
    'The request names another host than this machine; a page tried to reach the agent through a foreign name.',
  origin_refused: 'The settings of this agent do not list the page’s origin.',
  peer_other_user: 'This agent belongs to another user of this machine; try the next port.',
  route_unknown: 'The agent answers GET /probe and POST /challenge only.',
  method_refused: 'The agent answers GET /probe and POST /challenge only.',
  media_type_refused: 'The body must be JSON: content-type application/json.',
  body_too_large: 'The body is larger than the agent reads.',
  body_timeout: 'The body did not arrive in time.',
  too_many_requests: 'Too many challenges in a short time; wait a few seconds.',
  agent_failed: 'The agent failed to answer; its log has the reason.',
  issuer_untrusted: 'The settings of this agent do not name the server that sent the challenge.',
  challenge_signature_invalid:
    'The challenge was not signed by the server it names, or was changed.',
  server_key_unknown:
    'The server has no key by the name that the challenge says it was signed with.',
  server_keys_unavailable: 'The server’s keys cannot be fetched; the agent’s log has the reason.',
  server_keys_invalid: 'The server’s key set is not a JWK set that can be used.',
  challenge_origin_refused: 'This page may not deliver challenges of this server.',
  challenge_already_answered: 'The challenge has been answered already; start the sign-in again.',
  server_unreachable: 'The server cannot be reached from this device.',
  server_timeout: 'The server did not answer the device in time.',
  server_tls_untrusted:
    'The server’s TLS certificate is not trusted by this device; check the authorities and the clock.',
  server_refused: 'The server did not take the device’s answer.',
  server_answer_invalid: 'The server’s answer is not one that this agent understands.',
  proxy_refused: 'The proxy did not let the device’s answer through.',
  no_port_free: 'None of the loopback ports is free.',
  already_running: 'An agent of this user is already running.',
  not_running: 'No agent of this user is running; start it with "countersign run".',
  control_unavailable: 'The agent’s control socket cannot be used.',
} as const;

/** One of {@link agentErrors}' codes. */
export type AgentErrorCode = keyof typeof agentErrors;

/** A refusal or failure of the agent. */
export class AgentError extends CountersignError<AgentErrorCode> {
  /** The member of the settings at fault, such as `servers[0].issuer`. */
  readonly member: string | undefined;

  constructor(code: AgentErrorCode, details: ErrorDetails & { readonly member?: string } = {}) {
    super(code, agentErrors, details);
    this.member = details.member;
  }
}
