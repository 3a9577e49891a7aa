import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Why the inventory refuses a device whose proof is good. */
export const deviceRefusalReasons = {
  device_deactivated:
    'This device has been deactivated by an administrator; ask them to reactivate it.',
  device_cloned:
    'This device’s certificate was used on another machine before; an administrator must look at the alarm.',
} as const;

/** One of {@link deviceRefusalReasons}' codes. */
export type DeviceRefusalCode = keyof typeof deviceRefusalReasons;

/** Codes of {@link DeviceError}. */
export const deviceErrors = {
  device_unknown: 'There is no device of this id.',
  alarm_unknown: 'There is no alarm of this id.',
  alarm_acknowledged: 'The alarm has been acknowledged already.',
  device_settings_invalid: 'The settings of the inventory are not well-formed; see the message.',
  device_settings_changed:
    'The settings of the inventory were changed meanwhile; load them again, and make the change again.',
} as const;

/** One of {@link deviceErrors}' codes. */
export type DeviceErrorCode = keyof typeof deviceErrors;

/** Something of the inventory that is not there, or cannot be changed so. */
export class DeviceError extends CountersignError<DeviceErrorCode> {
  constructor(code: DeviceErrorCode, details?: ErrorDetails) {
    super(code, deviceErrors, details);
  }
}
