import { parser } from '@prometheus-io/lezer-promql';

interface Selector {
  metric: string;
  /** Label, operator and value of each condition. */
  matchers: { label: string; operator: string; value: string }[];
}

export interface Expression {
  selectors: Selector[];
  /** The labels by which it groups. */
  grouped: string[];
}

/** The metrics that a PromQL expression reads. Throws where its syntax is wrong. */
export function readExpression(text: string): Expression {
  const selectors: Selector[] = [];
  const grouped: string[] = [];
  parser.parse(text).iterate({
    enter({ type, name, from, to, node }) {
      if (type.isError) throw new Error(`not PromQL at character ${from}: ${text}`);
      const written = text.slice(from, to);
      const parent = node.parent?.name;
      if (name === 'Identifier' && parent === 'VectorSelector')
        selectors.push({ metric: written, matchers: [] });
      if (name === 'LabelName' && parent === 'GroupingLabels') grouped.push(written);
      if (name === 'UnquotedLabelMatcher') {
        const [, label = '', operator = '', value = ''] =
          /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(written) ?? [];
        selectors.at(-1)?.matchers.push({ label, operator, value });
      }
    },
  });
  return { selectors, grouped };
}
