"""Accounts, sessions, tokens, rate counts and the audit log; rules for first-half shares and weights"""

import sqlalchemy as sa
from alembic import op

import warehouse.types


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_AMBER_BEFORE = 'Pace ratio from which a late target is slipping, not behind'
_AMBER = f'{_AMBER_BEFORE}; empty: as the less specific rule says'
_RULES_BEFORE = 'Thresholds by rule version, the most specific first: indicator, domain, all'
_RULES = 'Thresholds, first-half shares and weights by rule version, the most specific first: indicator, domain, all'
_SQLITE = """
CREATE TRIGGER audit_entry_is_append_only_{0} BEFORE {0} ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
"""
_SQLITE_INSERT = """
CREATE TRIGGER audit_entry_is_append_only_INSERT BEFORE INSERT ON audit_entry
WHEN NEW.entry_no <= (SELECT max(entry_no) FROM audit_entry) OR EXISTS (
  SELECT 1 FROM audit_entry WHERE previous_hash = NEW.previous_hash OR entry_hash = NEW.entry_hash)
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
"""
"""REPLACE would take an entry's place without a word to the trigger on deleting."""
_POSTGRESQL = """
CREATE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit_entry is append-only'; END $$
"""
_POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_append_only()
"""


def upgrade() -> None:
    op.create_table('access_token',
    sa.Column('token_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('name', sa.String(length=64), nullable=False, comment='What it is for, as people know it'),
    sa.Column('role', sa.String(length=16), nullable=False, comment='administrator, head, steward, editor, viewer or screen'),
    sa.Column('districts', sa.Text(), nullable=False, comment='* for all, else codes separated by commas, each with all below it'),
    sa.Column('domains', sa.Text(), nullable=False, comment='* for all, else codes separated by commas'),
    sa.Column('secret_sha256', sa.String(length=64), nullable=False, comment='Hash of the token'),
    sa.Column('created_by', sa.Text(), nullable=False, comment='Who made it'),
    sa.Column('created_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('expires_at', warehouse.types.UtcDateTime(), nullable=False, comment='Until when it is good'),
    sa.Column('last_used_at', warehouse.types.UtcDateTime(), nullable=True, comment='Last use, to the minute'),
    sa.Column('last_address', sa.String(length=64), nullable=True, comment='Where from'),
    sa.Column('revoked_at', warehouse.types.UtcDateTime(), nullable=True, comment='Since when it is revoked'),
    sa.CheckConstraint("role in ('viewer','screen')", name=op.f('ck_access_token_role')),
    sa.PrimaryKeyConstraint('token_key', name=op.f('pk_access_token')),
    sa.UniqueConstraint('name', name=op.f('uq_access_token_name')),
    sa.UniqueConstraint('secret_sha256', name=op.f('uq_access_token_secret_sha256')),
    comment='Token (令牌) of a screen or a program; it only reads'
    )
    op.create_table('account',
    sa.Column('account_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('username', sa.String(length=64), nullable=False, comment='Name to sign in with, lower case'),
    sa.Column('display_name', sa.Text(), nullable=False, comment='Name people know'),
    sa.Column('role', sa.String(length=16), nullable=False, comment='administrator, head, steward, editor, viewer or screen'),
    sa.Column('districts', sa.Text(), nullable=False, comment='* for all, else codes separated by commas, each with all below it'),
    sa.Column('domains', sa.Text(), nullable=False, comment='* for all, else codes separated by commas'),
    sa.Column('signs_in_by', sa.String(length=8), nullable=False, comment='password, or sso: single sign-on only'),
    sa.Column('password_hash', sa.Text(), nullable=True, comment='argon2id; empty for single sign-on'),
    sa.Column('password_set_at', warehouse.types.UtcDateTime(), nullable=True, comment='When the password was set'),
    sa.Column('must_change', sa.Boolean(), nullable=False, comment='Whether the password is a first one, good only to set another'),
    sa.Column('created_by', sa.Text(), nullable=False, comment='Who made it'),
    sa.Column('created_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('last_login_at', warehouse.types.UtcDateTime(), nullable=True, comment='Last time it was signed in to'),
    sa.Column('disabled_at', warehouse.types.UtcDateTime(), nullable=True, comment='Since when it is closed; empty while it is open'),
    sa.CheckConstraint("role in ('administrator','head','steward','editor','viewer')", name=op.f('ck_account_role')),
    sa.CheckConstraint("signs_in_by in ('password','sso')", name=op.f('ck_account_signs_in_by')),
    sa.PrimaryKeyConstraint('account_key', name=op.f('pk_account')),
    sa.UniqueConstraint('username', name=op.f('uq_account_username')),
    comment='Account (账号) of a person'
    )
    op.create_table('audit_entry',
    sa.Column('entry_no', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … without a gap'),
    sa.Column('happened_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('actor', sa.Text(), nullable=False, comment='Who: user:name, token:name, shell:name or public'),
    sa.Column('address', sa.String(length=64), nullable=False, comment='Where from; empty for a command'),
    sa.Column('action', sa.String(length=32), nullable=False, comment='What was done'),
    sa.Column('subject', sa.Text(), nullable=False, comment='To what'),
    sa.Column('detail', sa.Text(), nullable=False, comment='More, as JSON'),
    sa.Column('previous_hash', sa.String(length=64), nullable=False, comment='Hash of the entry before; zeros for the first'),
    sa.Column('entry_hash', sa.String(length=64), nullable=False, comment='SHA-256 over all other columns'),
    sa.PrimaryKeyConstraint('entry_no', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('entry_hash', name=op.f('uq_audit_entry_entry_hash')),
    sa.UniqueConstraint('previous_hash', name=op.f('uq_audit_entry_previous_hash')),
    comment='Audit log (审计日志): append-only, each entry sealed by the hash of the one before'
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entry_action', ['action', 'entry_no'], unique=False)
        batch_op.create_index('ix_audit_entry_actor', ['actor', 'entry_no'], unique=False)

    op.create_table('login_failure',
    sa.Column('name_sha256', sa.String(length=64), nullable=False, comment='Hash of the name tried, whether or not there is such an account'),
    sa.Column('failures', sa.Integer(), nullable=False, comment='Wrong passwords in a row'),
    sa.Column('failed_at', warehouse.types.UtcDateTime(), nullable=False, comment='The last of them'),
    sa.Column('locked_until', warehouse.types.UtcDateTime(), nullable=True, comment='Until when nothing is tried'),
    sa.PrimaryKeyConstraint('name_sha256', name=op.f('pk_login_failure')),
    comment='Wrong passwords by name, for the lock-out'
    )
    op.create_table('rate_count',
    sa.Column('key_sha256', sa.String(length=64), nullable=False, comment='Hash of limit, account or address, and window'),
    sa.Column('hits', sa.Integer(), nullable=False, comment='How often in the window'),
    sa.Column('expires_at', warehouse.types.UtcDateTime(), nullable=False, comment='End of the window'),
    sa.PrimaryKeyConstraint('key_sha256', name=op.f('pk_rate_count')),
    comment='Counts of rate limits, shared by all processes'
    )
    with op.batch_alter_table('rate_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rate_count_expires_at'), ['expires_at'], unique=False)

    op.create_table('rule_change',
    sa.Column('rule_version', sa.String(length=32), nullable=False, comment='Version that came into force'),
    sa.Column('previous_version', sa.String(length=32), nullable=False, comment='Version it took the place of'),
    sa.Column('made_by', sa.Text(), nullable=False, comment='Who'),
    sa.Column('made_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('reason', sa.Text(), nullable=False, comment='Why'),
    sa.Column('lights_changed', sa.Integer(), nullable=False, comment='Lights that changed, as shown before it was confirmed'),
    sa.PrimaryKeyConstraint('rule_version', name=op.f('pk_rule_change')),
    comment='Rule versions made in the program (规则变更); those of data/reference/rules.csv are not here'
    )
    op.create_table('web_session',
    sa.Column('session_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('account_key', sa.Integer(), nullable=True, comment="Whose; empty for a screen's"),
    sa.Column('token_key', sa.Integer(), nullable=True, comment="A screen's token; empty for a person's"),
    sa.Column('secret_sha256', sa.String(length=64), nullable=False, comment='Hash of what the cookie holds'),
    sa.Column('method', sa.String(length=8), nullable=False, comment='password, oidc, header or token'),
    sa.Column('address', sa.String(length=64), nullable=False, comment='Where it began'),
    sa.Column('user_agent', sa.Text(), nullable=False, comment='What the browser calls itself'),
    sa.Column('created_at', warehouse.types.UtcDateTime(), nullable=False, comment='When it began'),
    sa.Column('last_seen_at', warehouse.types.UtcDateTime(), nullable=False, comment='Last use, to the minute'),
    sa.Column('ended_at', warehouse.types.UtcDateTime(), nullable=True, comment='When it was ended; empty while it may go on'),
    sa.CheckConstraint("method in ('password','oidc','header','token')", name=op.f('ck_web_session_method')),
    sa.CheckConstraint('(account_key is null) <> (token_key is null)', name=op.f('ck_web_session_owner')),
    sa.ForeignKeyConstraint(['account_key'], ['account.account_key'], name=op.f('fk_web_session_account_key')),
    sa.ForeignKeyConstraint(['token_key'], ['access_token.token_key'], name=op.f('fk_web_session_token_key')),
    sa.PrimaryKeyConstraint('session_key', name=op.f('pk_web_session')),
    sa.UniqueConstraint('secret_sha256', name=op.f('uq_web_session_secret_sha256')),
    comment='Session (会话): one browser signed in'
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_account_key'), ['account_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_session_token_key'), ['token_key'], unique=False)

    with op.batch_alter_table('dim_rule', schema=None) as batch_op:
        batch_op.add_column(sa.Column('s1_share', warehouse.types.ExactDecimal(), nullable=True, comment='Share of a flow expected by mid-year where neither its target nor its own history says; empty as above'))
        batch_op.add_column(sa.Column('weight', warehouse.types.ExactDecimal(), nullable=True, comment="Weight in the score instead of the target's own; empty as above, and in the end the target's own"))
        batch_op.alter_column('amber_share',
               existing_type=warehouse.types.ExactDecimal(),
               comment=_AMBER,
               existing_comment=_AMBER_BEFORE,
               nullable=True)

    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(_SQLITE.format(verb))
        op.execute(_SQLITE_INSERT)
    else:
        op.create_table_comment('dim_rule', _RULES, existing_comment=_RULES_BEFORE)
        op.execute(_POSTGRESQL)
        op.execute(_POSTGRESQL_TRIGGER)


def downgrade() -> None:
    op.execute("update dim_rule set amber_share = '0.80' where amber_share is null" if op.get_bind().dialect.name == 'sqlite' else "update dim_rule set amber_share = 0.80 where amber_share is null")
    with op.batch_alter_table('dim_rule', schema=None) as batch_op:
        batch_op.alter_column('amber_share',
               existing_type=warehouse.types.ExactDecimal(),
               comment=_AMBER_BEFORE,
               existing_comment=_AMBER,
               nullable=False)
        batch_op.drop_column('weight')
        batch_op.drop_column('s1_share')

    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_token_key'))
        batch_op.drop_index(batch_op.f('ix_web_session_account_key'))

    op.drop_table('web_session')
    op.drop_table('rule_change')
    with op.batch_alter_table('rate_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rate_count_expires_at'))

    op.drop_table('rate_count')
    op.drop_table('login_failure')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entry_actor')
        batch_op.drop_index('ix_audit_entry_action')

    op.drop_table('audit_entry')
    op.drop_table('account')
    op.drop_table('access_token')

    if op.get_bind().dialect.name != 'sqlite':
        op.create_table_comment('dim_rule', _RULES_BEFORE, existing_comment=_RULES)
        op.execute('DROP FUNCTION audit_entry_is_append_only')
