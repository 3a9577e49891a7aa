import { describe, expect, it } from 'vitest';
import { createFlashCookie } from '../../../../src/server/console/flash.ts';
import { readForm, readUploads } from '../../../../src/server/console/form.ts';
import { nextOf } from '../../../../src/server/console/routes/entrance-routes.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const form = (text: string) => readForm(Buffer.from(text));

describe('a form', () => {
  it('is read as browsers write it', () => {
    const fields = form(
      'name=+Ada+L%C3%B8v+&role=admin&list=a&list=b&lines=x%0D%0A%0D%0A+y+&version=7',
    );
    expect(fields.text('name')).toBe('Ada Løv');
    expect(fields.raw('name')).toBe(' Ada Løv ');
    expect(fields.text('missing')).toBe('');
    expect(fields.list('list')).toEqual(['a', 'b']);
    expect(fields.lines('lines')).toEqual(['x', 'y']);
    expect(fields.integer('version')).toBe(7);
    expect(fields.choice('role', ['auditor', 'admin'])).toBe('admin');
    expect(fields.choice('name', ['auditor', 'admin'])).toBe('auditor');
  });

  it.each(['', '-1', '1.5', '1e3', 'x', '9999999999'])('has no version “%s”', (version) => {
    expect(codeOf(() => form(`version=${version}`).integer('version'))).toBe('request_malformed');
  });

  it('that is not UTF-8 is refused', () => {
    expect(codeOf(() => readForm(Uint8Array.of(0x61, 0x3d, 0xff)))).toBe('request_malformed');
  });

  it('carries files by name, and pasted text', () => {
    const content = Buffer.from([0, 255, 10]).toString('base64url');
    const files = readUploads(form(`file-name=ca.der&file-content=${content}&text=pasted`));
    expect(files).toEqual([
      { name: 'ca.der', content: Uint8Array.of(0, 255, 10) },
      { name: undefined, content: new TextEncoder().encode('pasted') },
    ]);
    expect(readUploads(form('file-name=a&file-content=AA&text=+%0A'))).toHaveLength(1);
    // Nothing at all is an empty paste, which the reader of the file then says.
    expect(readUploads(form(''))).toEqual([{ name: undefined, content: new Uint8Array() }]);
  });

  it('carries neither junk for a file nor files without end', () => {
    expect(codeOf(() => readUploads(form('file-content=%21')))).toBe('request_malformed');
    const many = Array.from({ length: 17 }, () => 'file-content=AA').join('&');
    expect(codeOf(() => readUploads(form(many)))).toBe('request_malformed');
  });
});

describe('the message after a form', () => {
  it('survives its cookie, cut to a length that fits', () => {
    const cookie = createFlashCookie(false);
    const set = cookie.set({ tone: 'good', text: 'Añadido “x”; y=z' });
    const header = set.split(';')[0];
    expect(cookie.read(header)).toEqual({ tone: 'good', text: 'Añadido “x”; y=z' });
    const long = cookie.set({ tone: 'bad', text: 'ü'.repeat(5000) });
    expect(long.length).toBeLessThan(4096);
  });

  it.each(['evil.eA', 'good.%', 'good._w', 'good', ''])(
    'is nothing where the cookie is %s',
    (value) => {
      expect(createFlashCookie(false).read(`countersign-flash=${value}`)).toBeUndefined();
    },
  );
});

describe('the page after a sign-in', () => {
  it.each(['/admin/', '/admin/devices?text=a', '/admin/sign-ins/x'])('is %s', (next) => {
    expect(nextOf(next)).toBe(next);
  });

  it.each([
    ...['', 'devices', '//evil.example/admin/', 'https://evil.example/admin/', '/\\evil.example'],
    ...['javascript:alert(1)', '/admin/../demo/', '/admin/api/overview', '/admin/sign-in?next=x'],
    ...['/admin/setup', '/demo/', 'http://console@evil.example/admin/'],
  ])('is the first one instead of %s', (next) => {
    expect(nextOf(next)).toBe('/admin/');
  });
});
