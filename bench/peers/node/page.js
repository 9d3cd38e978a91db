// A page of rows, read with one more than was asked for: what a connection's fields are taken from, each only when
// it is asked for.
class Edge {
  constructor(node, cursorOf) {
    this.node = node;
    this.cursorOf = cursorOf;
  }

  get cursor() {
    return this.cursorOf(this.node);
  }

  get distance() {
    return this.node.distance;
  }
}

export class Page {
  constructor(rows, first, cursorOf, count) {
    this.nodes = rows.length > first ? rows.slice(0, first) : rows;
    this.hasNextPage = rows.length > first;
    this.cursorOf = cursorOf;
    this.count = count;
  }

  get edges() {
    return this.nodes.map((node) => new Edge(node, this.cursorOf));
  }

  get pageInfo() {
    const last = this.nodes.at(-1);
    return { endCursor: last ? this.cursorOf(last) : null, hasNextPage: this.hasNextPage };
  }
}
