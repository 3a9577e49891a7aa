export { createInventory } from './create-inventory.ts';
export {
  DeviceError,
  deviceErrors,
  deviceRefusalReasons,
  type DeviceErrorCode,
  type DeviceRefusalCode,
} from './errors.ts';
export type { Inventory, InventorySettings, Recognition } from './inventory.ts';
