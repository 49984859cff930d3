/** A name and a score. */
export type SampleStudent = readonly [name: string, score: number];

const FIRST: readonly SampleStudent[] = [
  ['张三', 100],
  ['李四', 87.5],
  ['王五', 92],
  ['赵六', 76.5],
];

const CHINESE_NAMES =
  `孙丽华 周建国 吴秀英 郑志强 冯晓明 陈思远 褚文静 卫东升 蒋雨欣 沈佳怡 韩雪梅 杨光明 朱子涵 秦海燕 尤俊杰 许晴川 何家豪
  吕若彤 施永康 张雅琴 孔令辉 曹国平 严春兰 华天宇 金玉婷 魏长青 陶乐然 姜文博 戚小曼 谢婉清 邹凯旋 喻晨曦 柏松涛 水灵韵
  窦建业 章梦琪 云中鹤 苏沐阳 潘美玲 葛浩然 奚望舒 范冬梅 彭宇航 郎静怡 鲁明哲 韦诗雨 昌思齐 马逸飞 苗春生 凤清扬`.split(
    /\s+/,
  );

/** A fixed score for the n-th of them, 0 to 100 with one decimal; 7919 and 1001 share no factor, so that scores spread. */
export function scoreOf(n: number): number {
  return ((n * 7_919) % 1_001) / 10;
}

/** The students of a new database, always the same: four, fifty more, and `"0"` to `"999"` for load tests. */
export const SAMPLE_STUDENTS: readonly SampleStudent[] = [
  ...FIRST,
  ...CHINESE_NAMES.map((name, n): SampleStudent => [name, scoreOf(n)]),
  ...Array.from({ length: 1_000 }, (_, n): SampleStudent => [String(n), scoreOf(n)]),
];
