"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.types import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


# fmt: off
def upgrade() -> None:
    """Make them."""
    op.create_table('connections',
        sa.Column('id', sa.String(length=80), nullable=False),
        sa.Column('tenant', sa.String(length=80), nullable=False),
        sa.Column('system', sa.String(length=40), nullable=False),
        sa.Column('company', sa.String(length=120), nullable=False),
        sa.Column('settings', Json, nullable=False),
        sa.Column('secrets', sa.LargeBinary(), nullable=True, comment='Encrypted under the data key.'),
        sa.Column('schedule', Json, nullable=False, comment='Seconds, by stream or for all: every, deletes_every.'),
        sa.Column('rules', Json, nullable=False, comment="The tenant's field rules."),
        sa.Column('sensitive', Json, nullable=False, comment='Sensitive fields the tenant opted in to: entity.field.'),
        sa.Column('state', sa.String(length=20), server_default='active', nullable=False, comment='active, paused, needs_consent'),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('lease_owner', sa.String(length=120), nullable=True),
        sa.Column('lease_epoch', sa.BigInteger(), nullable=True),
        sa.Column('lease_until', Instant(), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_connections'),
        sa.UniqueConstraint('tenant', 'system', 'company', name='uq_connections_tenant_system_company')
    )
    op.create_table('counters',
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('value', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_counters'),
        comment='Store-wide sequences: the epoch of the leases.'
    )
    op.create_table('outbox',
        sa.Column('seq', Serial, autoincrement=True, nullable=False),
        sa.Column('id', sa.String(length=32), nullable=False, comment='Event id.'),
        sa.Column('run', sa.String(length=40), nullable=True),
        sa.Column('topic', sa.String(length=120), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('attributes', Json, nullable=False),
        sa.Column('tenant', sa.String(length=80), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('claim', sa.String(length=40), nullable=True),
        sa.Column('claim_until', Instant(), nullable=True),
        sa.Column('sent_at', Instant(), nullable=True),
        sa.PrimaryKeyConstraint('seq', name='pk_outbox'),
        comment="Events decided; sent ones stay for the queues' retention."
    )
    op.create_index('ix_outbox_run_unsent', 'outbox', ['run'], unique=False, sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))
    op.create_index('ix_outbox_unsent', 'outbox', ['claim_until'], unique=False, sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))
    op.create_table('streams',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('connection', sa.String(length=80), nullable=False),
        sa.Column('tenant', sa.String(length=80), nullable=False),
        sa.Column('system', sa.String(length=40), nullable=False),
        sa.Column('company', sa.String(length=120), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('cursor', Json, nullable=True),
        sa.Column('loaded', sa.Boolean(), server_default=sa.false(), nullable=False, comment='The first load is complete.'),
        sa.Column('next_due_at', Instant(), nullable=False),
        sa.Column('next_deletes_at', Instant(), nullable=True, comment='Null: not loaded, or deletes are found by the polls.'),
        sa.Column('full_due', sa.Boolean(), server_default=sa.false(), nullable=False, comment='A full scan was asked for.'),
        sa.Column('since', Instant(), nullable=True, comment='Changes since then are to be read again.'),
        sa.Column('last_scan', sa.String(length=30), nullable=True, comment='Read number at which the last complete scan began.'),
        sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
        sa.Column('last_error', sa.Text(), nullable=True),
        sa.Column('told', sa.Boolean(), server_default=sa.false(), nullable=False, comment='That it fails; so recovery is told, too.'),
        sa.Column('release_limit', sa.Integer(), nullable=True, comment='Deletes that an operator allowed beyond the brake.'),
        sa.Column('release_until', Instant(), nullable=True),
        sa.ForeignKeyConstraint(['connection'], ['connections.id'], name='fk_streams_connection'),
        sa.PrimaryKeyConstraint('id', name='pk_streams'),
        sa.UniqueConstraint('tenant', 'system', 'company', 'name', name='uq_streams_tenant_system_company_name')
    )
    op.create_index('ix_streams_connection', 'streams', ['connection'], unique=False)
    op.create_index('ix_streams_next_due_at', 'streams', ['next_due_at'], unique=False)
    op.create_table('accounts',
        sa.Column('run', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('pass_number', sa.Integer(), nullable=False),
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('read', sa.Integer(), server_default='0', nullable=False),
        sa.Column('mapped', sa.Integer(), server_default='0', nullable=False),
        sa.Column('skipped', sa.Integer(), server_default='0', nullable=False),
        sa.Column('rejected', sa.Integer(), server_default='0', nullable=False),
        sa.Column('held', sa.Integer(), server_default='0', nullable=False),
        sa.Column('produced', sa.Integer(), server_default='0', nullable=False),
        sa.Column('created', sa.Integer(), server_default='0', nullable=False),
        sa.Column('updated', sa.Integer(), server_default='0', nullable=False),
        sa.Column('unchanged', sa.Integer(), server_default='0', nullable=False),
        sa.Column('stale', sa.Integer(), server_default='0', nullable=False),
        sa.Column('deleted', sa.Integer(), server_default='0', nullable=False),
        sa.Column('entities', Json, nullable=False, comment='The second line by kind of entity.'),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_accounts_stream_id'),
        sa.PrimaryKeyConstraint('run', 'number', 'pass_number', name='pk_accounts'),
        comment='Where each record and entity of a page ended; a page with a row here is never decided again.'
    )
    op.create_index('ix_accounts_stream_id', 'accounts', ['stream_id'], unique=False)
    op.create_table('deletes',
        sa.Column('seq', Serial, autoincrement=True, nullable=False),
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('records', sa.Integer(), nullable=False, comment='Raw records that lost an entity.'),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_deletes_stream_id'),
        sa.PrimaryKeyConstraint('seq', name='pk_deletes'),
        comment='What the brake counts over a rolling day.'
    )
    op.create_index('ix_deletes_stream_at', 'deletes', ['stream_id', 'at'], unique=False)
    op.create_table('entities',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False, comment='Source key of the record it came from.'),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('tenant', sa.String(length=80), nullable=False),
        sa.Column('version', sa.String(length=50), nullable=False),
        sa.Column('digest', sa.String(length=32), nullable=False),
        sa.Column('body', Json, nullable=False),
        sa.Column('deleted', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('changed_at', Instant(), nullable=False, comment='When the ledger last changed it.'),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_entities_stream_id'),
        sa.PrimaryKeyConstraint('id', name='pk_entities'),
        comment='The ledger: the truth of what was delivered; deleted ones stay as tombstones.'
    )
    op.create_index('ix_entities_entity_tenant', 'entities', ['entity', 'tenant'], unique=False)
    op.create_index('ix_entities_stream_deleted', 'entities', ['stream_id', 'deleted'], unique=False)
    op.create_table('held_deletes',
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('version', sa.String(length=50), nullable=False),
        sa.Column('run', sa.String(length=40), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_held_deletes_stream_id'),
        sa.PrimaryKeyConstraint('stream_id', 'key', name='pk_held_deletes'),
        comment='Deletes that the brake holds until an operator releases them.'
    )
    op.create_table('letters',
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False, comment='open, closed'),
        sa.Column('version', sa.String(length=50), nullable=False),
        sa.Column('run', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('index', sa.Integer(), nullable=False),
        sa.Column('field', sa.String(length=120), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('error', sa.String(length=40), nullable=False),
        sa.Column('attempts', sa.Integer(), server_default='1', nullable=False),
        sa.Column('first_at', Instant(), nullable=False),
        sa.Column('last_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_letters_stream_id'),
        sa.PrimaryKeyConstraint('stream_id', 'key', name='pk_letters'),
        comment='Rejected records, one letter each; closed by a later good read or a delete.'
    )
    op.create_table('manifest',
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('seen', sa.String(length=30), nullable=False, comment='Read number of the scan that saw it last.'),
        sa.Column('digest', sa.String(length=32), nullable=True, comment='Of the raw record, where the stream has no change filter.'),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_manifest_stream_id'),
        sa.PrimaryKeyConstraint('stream_id', 'key', name='pk_manifest'),
        comment='What scans saw in the ERP.'
    )
    op.create_table('records',
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('version', sa.String(length=50), nullable=False),
        sa.Column('entities', Json, nullable=False, comment='Ids of what it gave.'),
        sa.Column('live', sa.Boolean(), nullable=False, comment='At least one of its entities is not deleted.'),
        sa.Column('read_at', Instant(), nullable=False, comment='When the row was last written.'),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_records_stream_id'),
        sa.PrimaryKeyConstraint('stream_id', 'key', name='pk_records'),
        comment='One row per raw record: versions are compared here.'
    )
    op.create_index('ix_records_live', 'records', ['stream_id'], unique=False, sqlite_where=sa.text("live"), postgresql_where=sa.text("live"))
    op.create_table('requests',
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=400), nullable=False),
        sa.Column('asked', sa.Integer(), server_default='1', nullable=False, comment='How often; a later ask survives a read.'),
        sa.Column('asked_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_requests_stream_id'),
        sa.PrimaryKeyConstraint('stream_id', 'key', name='pk_requests'),
        comment='Records to be read by key: follow-ups, absent ones to confirm.'
    )
    op.create_table('runs',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('mode', sa.String(length=20), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False, comment='reading, read, closed'),
        sa.Column('started', sa.String(length=30), nullable=False, comment='Read number drawn before the first request.'),
        sa.Column('ended', sa.String(length=30), nullable=True, comment='Read number of the last request.'),
        sa.Column('position', Json, nullable=True, comment='Where the next page starts.'),
        sa.Column('high', Json, nullable=True, comment='The cursor as it will be when the run is read.'),
        sa.Column('pages', sa.Integer(), server_default='0', nullable=False),
        sa.Column('records', sa.Integer(), server_default='0', nullable=False, comment='Records in the journal.'),
        sa.Column('sighted', sa.Integer(), server_default='0', nullable=False, comment='Records that the ERP showed.'),
        sa.Column('keyless', sa.Integer(), server_default='0', nullable=False, comment='Records without a key: no sweep.'),
        sa.Column('opened_at', Instant(), nullable=False),
        sa.Column('read_at', Instant(), nullable=True),
        sa.Column('closed_at', Instant(), nullable=True),
        sa.Column('previous', sa.String(length=30), nullable=True, comment='Read number at which the complete scan before this one began.'),
        sa.Column('sweep', sa.String(length=20), nullable=True, comment='due, done, held, cancelled; null where there is nothing to sweep'),
        sa.Column('swept', sa.Integer(), server_default='0', nullable=False, comment='Records deleted by the sweep.'),
        sa.Column('balanced', sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_runs_stream_id'),
        sa.PrimaryKeyConstraint('id', name='pk_runs')
    )
    op.create_index('ix_runs_state', 'runs', ['state'], unique=False)
    op.create_index('ix_runs_stream_id', 'runs', ['stream_id'], unique=False)
    op.create_table('journal',
        sa.Column('run', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('stream_id', sa.Integer(), nullable=False),
        sa.Column('read', sa.String(length=30), nullable=False),
        sa.Column('head', Json, nullable=False, comment="The page's head as it travels."),
        sa.Column('payload', sa.LargeBinary(), nullable=True, comment='Encoded records; null when they are in the archive.'),
        sa.Column('archive_key', sa.Text(), nullable=True),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('published_at', Instant(), nullable=True),
        sa.Column('claim', sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(['run'], ['runs.id'], name='fk_journal_run'),
        sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name='fk_journal_stream_id'),
        sa.PrimaryKeyConstraint('run', 'number', name='pk_journal'),
        comment='Pages. Inserting one is the checkpoint.'
    )
    op.create_index('ix_journal_stream_id', 'journal', ['stream_id'], unique=False)
    op.create_index('ix_journal_unpublished', 'journal', ['stream_id'], unique=False, sqlite_where=sa.text('published_at IS NULL'), postgresql_where=sa.text('published_at IS NULL'))


def downgrade() -> None:
    """Remove them."""
    op.drop_index('ix_journal_unpublished', table_name='journal', sqlite_where=sa.text('published_at IS NULL'), postgresql_where=sa.text('published_at IS NULL'))
    op.drop_index('ix_journal_stream_id', table_name='journal')
    op.drop_table('journal')
    op.drop_index('ix_runs_stream_id', table_name='runs')
    op.drop_index('ix_runs_state', table_name='runs')
    op.drop_table('runs')
    op.drop_table('requests')
    op.drop_index('ix_records_live', table_name='records', sqlite_where=sa.text("live"), postgresql_where=sa.text("live"))
    op.drop_table('records')
    op.drop_table('manifest')
    op.drop_table('letters')
    op.drop_table('held_deletes')
    op.drop_index('ix_entities_stream_deleted', table_name='entities')
    op.drop_index('ix_entities_entity_tenant', table_name='entities')
    op.drop_table('entities')
    op.drop_index('ix_deletes_stream_at', table_name='deletes')
    op.drop_table('deletes')
    op.drop_index('ix_accounts_stream_id', table_name='accounts')
    op.drop_table('accounts')
    op.drop_index('ix_streams_next_due_at', table_name='streams')
    op.drop_index('ix_streams_connection', table_name='streams')
    op.drop_table('streams')
    op.drop_index('ix_outbox_unsent', table_name='outbox', sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))
    op.drop_index('ix_outbox_run_unsent', table_name='outbox', sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))
    op.drop_table('outbox')
    op.drop_table('counters')
    op.drop_table('connections')
