import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';
import type { student } from '@ringcache/proto';

/** The names of the proto's `ErrorCode`, less its prefix. `UNSPECIFIED`: a fault of this service's own. */
export type StudentErrorCode = Exclude<keyof typeof student.ErrorCode, 'UNRECOGNIZED'>;

export type Language = 'zh' | 'en';

/** The trailer that carries the full name of the code, for programs: texts may change, names do not. */
export const ERROR_TRAILER = 'student-error';

/** What a caller is told of each failure: the only place with texts for callers. */
const TEXTS: Readonly<Record<StudentErrorCode, { readonly status: status; readonly zh: string; readonly en: string }>> =
  {
    UNSPECIFIED: { status: status.INTERNAL, zh: '内部错误', en: 'internal error' },
    NOT_FOUND: { status: status.NOT_FOUND, zh: '没有这个学生', en: 'no such student' },
    ALREADY_EXISTS: { status: status.ALREADY_EXISTS, zh: '学生已存在', en: 'student already exists' },
    INVALID_NAME: {
      status: status.INVALID_ARGUMENT,
      zh: '姓名无效：应为 1 至 64 个字符，首尾无空格，不含控制字符',
      en: 'invalid name: must be 1 to 64 characters with no space at either end and no control characters',
    },
    INVALID_SCORE: {
      status: status.INVALID_ARGUMENT,
      zh: '分数无效：应在 0 至 150 之间，最多两位小数',
      en: 'invalid score: must be 0 to 150 with at most two decimals',
    },
    INVALID_PAGE: {
      status: status.INVALID_ARGUMENT,
      zh: '分页参数无效：page_size 应为 0 至 1000，page_token 应取自上一页',
      en: 'invalid page: page_size must be 0 to 1000, page_token must come from the answer before',
    },
    DATABASE: { status: status.UNAVAILABLE, zh: '数据库不可用', en: 'database unavailable' },
  };

export interface StudentErrorOptions extends ErrorOptions {
  /** The name it is about; told to the caller. Only a name that was found valid: it travels in a header. */
  readonly subject?: string | undefined;
}

/** The one error of this service. What failed underneath is its `cause`, which is logged and never sent. */
export class StudentError extends Error {
  override readonly name = 'StudentError';
  readonly code: StudentErrorCode;
  readonly subject: string | undefined;

  constructor(code: StudentErrorCode, options: StudentErrorOptions = {}) {
    super(text(code, options.subject, 'en'), options);
    this.code = code;
    this.subject = options.subject;
  }
}

/** The error as gRPC sends it: status, message in the caller's language, and the code's name as a trailer. */
export function toResponse(error: StudentError, language: Language): ServerErrorResponse {
  const metadata = new Metadata();
  metadata.set(ERROR_TRAILER, `ERROR_CODE_${error.code}`);
  const details = text(error.code, error.subject, language);
  return { name: error.name, message: details, code: TEXTS[error.code].status, details, metadata };
}

/** Chinese for a call whose `accept-language` begins with `zh`, English for all others. */
export function languageOf(metadata: Metadata): Language {
  const wanted = metadata.get('accept-language')[0]?.toString() ?? '';
  return wanted.trim().toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function text(code: StudentErrorCode, subject: string | undefined, language: Language): string {
  const sentence = TEXTS[code][language];
  if (subject === undefined) return sentence;
  return language === 'zh' ? `${sentence}：${subject}` : `${sentence}: ${subject}`;
}
