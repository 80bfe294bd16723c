// SPDX-License-Identifier: Apache-2.0
//
// kafkajs against a broker: node scenarios.cjs HOST:PORT SCENARIO. Ends with 1 where a promise of the client is not
// kept; kafkajs_test.py limits its time.
const assert = require('node:assert/strict');
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs');
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');

const [broker, scenario] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [broker], logLevel: logLevel.ERROR });

const messages = (count, prefix = 'line') =>
  Array.from({ length: count }, (_, number) => ({ key: `k${number % 10}`, value: `${prefix} ${number}` }));

async function createTopic(topic, numPartitions = 1) {
  await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions }] }));
}

async function withAdmin(body) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await body(admin);
  } finally {
    await admin.disconnect();
  }
}

async function produce(topic, sent, options = {}, compression = CompressionTypes.None) {
  const producer = kafka.producer(options);
  await producer.connect();
  try {
    return await producer.send({ topic, messages: sent, compression, acks: -1 });
  } finally {
    await producer.disconnect();
  }
}

// A member of a group that collects what it reads; `stop` leaves the group.
async function startMember(groupId, topic) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10000, heartbeatInterval: 200, rebalanceTimeout: 10000 });
  const member = { read: [], partitions: [], stop: () => consumer.disconnect() };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.partitions = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      member.read.push({ partition, offset: message.offset, key: message.key?.toString(), headers: message.headers,
        value: message.value?.toString() ?? null });
    },
  });
  return member;
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const values = (members) => members.flatMap((member) => member.read.map((record) => record.value)).sort();

async function readAll(topic, count) {
  const member = await startMember(`readers of ${topic}`, topic);
  await until(() => member.read.length >= count);
  await member.stop();
  return member.read;
}

const scenarios = {
  async admin() {
    await withAdmin(async (admin) => {
      const topics = [{ topic: 'orders', numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '60000' }] }];
      assert.equal(await admin.createTopics({ topics }), true);
      assert.equal(await admin.createTopics({ topics }), false, 'it is there already');
      assert.deepEqual(await admin.listTopics(), ['orders']);
      const described = await admin.fetchTopicMetadata({ topics: ['orders'] });
      assert.equal(described.topics[0].partitions.length, 3);
      const { brokers, clusterId } = await admin.describeCluster();
      assert.deepEqual(brokers.map(({ host, port }) => `${host}:${port}`), [broker]);
      assert.notEqual(clusterId, '');
      await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 5 }] });
      assert.equal((await admin.fetchTopicOffsets('orders')).length, 5);
      const type = ConfigResourceTypes.TOPIC;
      await admin.alterConfigs({ validateOnly: false,
        resources: [{ type, name: 'orders', configEntries: [{ name: 'retention.ms', value: '70000' }] }] });
      const configs = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: 'orders' }] });
      const retention = configs.resources[0].configEntries.find(({ configName }) => configName === 'retention.ms');
      assert.equal(retention.configValue, '70000');
      await admin.deleteTopics({ topics: ['orders'] });
      assert.deepEqual(await admin.listTopics(), []);
    });
  },

  async records() {
    const sent = [
      { key: 'a', value: 'first', headers: { trace: '1', twice: ['x', 'y'] }, partition: 0 },
      { key: 'b', value: null, partition: 1 },
    ];
    await createTopic('t', 2);
    await produce('t', sent);
    const read = (await readAll('t', 2)).sort((one, other) => one.partition - other.partition);
    assert.deepEqual(read.map(({ key, value, partition }) => [key, value, partition]), [['a', 'first', 0],
      ['b', null, 1]]);
    assert.equal(read[0].headers.trace.toString(), '1');
    assert.deepEqual(read[0].headers.twice.map(String), ['x', 'y']);
  },

  async idempotence() {
    await createTopic('t', 3);
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let part = 0; part < 20; ++part) {
      const answers = await producer.send({ topic: 't', messages: messages(50, `part ${part}`) });
      assert.ok(answers.every(({ errorCode }) => errorCode === 0));
    }
    await producer.disconnect();
    const read = await readAll('t', 1000);
    assert.equal(new Set(read.map(({ value }) => value)).size, 1000);
    assert.equal(read.length, 1000);
  },

  async compression() {
    for (const codec of ['GZIP', 'Snappy']) {
      const sent = messages(500, `the same words again and again ${codec}`);
      await createTopic(codec);
      await produce(codec, sent, {}, CompressionTypes[codec]);
      const read = await readAll(codec, sent.length);
      assert.deepEqual(read.map(({ value }) => value), sent.map(({ value }) => value), codec);
    }
  },

  // Two members share the partitions; when one leaves, the other gets them all, and nothing is read twice.
  async groups() {
    await createTopic('t', 4);
    const one = await startMember('readers', 't');
    const other = await startMember('readers', 't');
    await until(() => one.partitions.length === 2 && other.partitions.length === 2);
    assert.deepEqual([...one.partitions, ...other.partitions].sort(), [0, 1, 2, 3]);
    await produce('t', messages(400));
    await until(() => one.read.length + other.read.length >= 400);
    assert.ok(one.read.length > 0 && other.read.length > 0);
    await withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups(['readers']);
      assert.equal(groups[0].state, 'Stable');
      assert.equal(groups[0].members.length, 2);
    });
    await other.stop();
    await until(() => one.partitions.length === 4);
    await produce('t', messages(400, 'later'));
    await until(() => one.read.length + other.read.length >= 800);
    await one.stop();
    const expected = [...messages(400), ...messages(400, 'later')].map(({ value }) => value).sort();
    assert.deepEqual(values([one, other]), expected);
    await withAdmin(async (admin) => {
      const { groups } = await admin.listGroups();
      assert.deepEqual(groups.map(({ groupId }) => groupId), ['readers']);
      const committed = await admin.fetchOffsets({ groupId: 'readers', topics: ['t'] });
      // -1 where no key led to the partition.
      const sum = committed[0].partitions.reduce((total, { offset }) => total + Math.max(0, Number(offset)), 0);
      assert.equal(sum, 800);
      await admin.resetOffsets({ groupId: 'readers', topic: 't', earliest: true });
      const reset = await admin.fetchOffsets({ groupId: 'readers', topics: ['t'], resolveOffsets: true });
      assert.deepEqual(reset[0].partitions.map(({ offset }) => offset), ['0', '0', '0', '0']);
      await admin.deleteGroups(['readers']);
      assert.deepEqual((await admin.listGroups()).groups, []);
    });
  },

  async offsets() {
    await createTopic('t');
    const sent = [1000, 2000, 3000].map((timestamp) => ({ value: `${timestamp}`, timestamp: `${timestamp}` }));
    await produce('t', sent, {}, CompressionTypes.GZIP);
    await withAdmin(async (admin) => {
      const byTime = await admin.fetchTopicOffsetsByTimestamp('t', 1500);
      assert.deepEqual(byTime, [{ partition: 0, offset: '1' }], 'inside a compressed batch');
      await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset: '2' }] });
      const [ends] = await admin.fetchTopicOffsets('t');
      assert.deepEqual([ends.low, ends.high], ['2', '3']);
    });
  },

  async errors() {
    await createTopic('t');
    const large = [{ value: 'x'.repeat(1_500_000) }];
    await assert.rejects(produce('t', large, { retry: { retries: 0 } }), { type: 'MESSAGE_TOO_LARGE' });
    await withAdmin(async (admin) => {
      const topics = [{ topic: 'no good name!' }];
      await assert.rejects(admin.createTopics({ topics }), (error) => error.errors[0].type === 'INVALID_TOPIC_EXCEPTION');
    });
    await produce('t', messages(1));
  },
};

scenarios[scenario]().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
