/*
 * The forms of well-known tokens, as their makers document them: how they begin and what follows. The beginning
 * is looked for as plain text and the form is tried there alone, with a bounded length, so that a text is read in
 * a time that grows with its length and no faster.
 */

export interface TokenForm {
  /** As it stands after "seems to hold". */
  says: string;
  starts: readonly string[];
  /** What follows the beginning. Sticky, bounded. */
  rest: RegExp;
  /** Ordinary names begin like it as well: one piece must look like drawn by chance. */
  mustBeRandom?: true | undefined;
}

const row = (says: string, starts: string, rest: RegExp, mustBeRandom?: true): TokenForm => ({
  says,
  starts: starts.split(" "),
  rest,
  mustBeRandom: mustBeRandom ? mustBeRandom : undefined,
});

/** Letters, digits and the signs of base64url. */
const base64url = /[\w-]{16,512}/y;
const alphanumeric = /[A-Za-z0-9]{20,255}/y;
const hex32 = /[0-9a-fA-F]{32}/y;
const hex40 = /[0-9a-f]{40}/y;
const hex64 = /[0-9a-f]{64}/y;

export const tokenForms: readonly TokenForm[] = [
  row("a private key", "-----BEGIN", / [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y),
  row("a private key", "PuTTY-User-Key-File-", /\d/y),
  row("a private key", "AGE-SECRET-KEY-1", /[0-9A-Z]{40,80}/y),

  // Clouds and hosts
  row("a cloud access key", "AKIA ASIA ABIA ACCA", /[0-9A-Z]{16}(?![0-9A-Za-z])/y),
  row("a cloud access key", "LTAI", /[A-Za-z0-9]{12,26}(?![A-Za-z0-9])/y, true),
  row("a Google API key", "AIza", /[\w-]{35}/y),
  row("a Google client secret", "GOCSPX-", /[\w-]{24,40}/y),
  row("a Google access token", "ya29.", /[\w-]{20,512}/y),
  row("a Google refresh token", "1//0", /[\w-]{30,200}/y),
  row("an Azure storage key", "AccountKey= SharedAccessKey=", /[A-Za-z0-9+/]{40,90}={0,2}/y),
  row("a signed Azure address", "&sig= ?sig=", /[A-Za-z0-9%+/]{30,120}/y),
  row("a DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", hex64),
  row("a Heroku key", "HRKU-", /[\w-]{30,80}/y),
  row("a Fly token", "FlyV1 fo1_", /[ ]?[\w+/=,-]{30,512}/y),
  row("a Netlify token", "nfp_", /[A-Za-z0-9]{36}/y),
  row("a Render key", "rnd_", /[A-Za-z0-9]{20,64}/y, true),
  row("a Supabase token", "sbp_", hex40),
  row("a Supabase key", "sb_secret_", /[\w-]{20,64}/y),
  row("a PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", /[\w=.-]{30,64}/y),
  row("a Cloudflare key", "v1.0-", /[0-9a-f]{24}-[0-9a-f]{100,200}/y),
  row("a Vault token", "hvs. hvb. hvr.", /[\w-]{24,300}/y),
  row("a Terraform token", ".atlasv1.", /[\w=-]{40,128}/y),
  row("a Databricks token", "dapi", /[0-9a-f]{32}(?:-\d)?/y),
  row("a Pulumi token", "pul-", hex40),
  row("a Tailscale key", "tskey-", /[a-z]{2,20}-[A-Za-z0-9]{6,40}-[A-Za-z0-9]{16,64}/y),
  row(
    "a Doppler token",
    "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
    /[A-Za-z0-9._-]{40,120}/y,
  ),

  // Code, packages, builds
  row("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", /[A-Za-z0-9]{30,255}/y),
  row("a GitHub token", "github_pat_", /\w{22,255}/y),
  row(
    "a GitLab token",
    "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct-",
    /[\w=.-]{20,300}/y,
  ),
  row("a Bitbucket token", "ATBB", /[A-Za-z0-9]{32}/y),
  row("an Atlassian token", "ATATT3 ATCTT3 ATSTT3", /[\w=-]{50,300}/y),
  row("an npm token", "npm_", /[A-Za-z0-9]{36}/y),
  row("a PyPI token", "pypi-AgE", /[\w-]{16,512}/y),
  row("a RubyGems key", "rubygems_", /[0-9a-f]{48}/y),
  row("a crates.io token", "cio", /[A-Za-z0-9]{32}(?![A-Za-z0-9])/y, true),
  row("a NuGet key", "oy2", /[a-z0-9]{43}(?![a-z0-9])/y),
  row("a Clojars token", "CLOJARS_", /[a-z0-9]{60}/y),
  row("a Docker token", "dckr_pat_ dckr_oat_", /[\w-]{24,64}/y),
  row("an Artifactory key", "AKCp", /[A-Za-z0-9]{60,80}/y),
  row("a Sonar token", "squ_ sqp_ sqa_", hex40),
  row("a Buildkite token", "bkua_", hex40),
  row("a CircleCI token", "CCIPAT_", /\w{40,80}/y),
  row("a Postman key", "PMAK-", /[0-9a-f]{24}-[0-9a-f]{34}/y),

  // Models
  row(
    "an API key",
    "sk-",
    /(?:proj-|svcacct-|admin-|ant-[a-z0-9]{1,12}-|or-v1-|lf-)?[\w-]{20,300}/y,
    true,
  ),
  row("a Hugging Face token", "hf_", /[A-Za-z0-9]{30,80}/y),
  row("a Hugging Face token", "api_org_", /[A-Za-z0-9]{30,80}/y),
  row("an API key", "gsk_", /[A-Za-z0-9]{40,80}/y),
  row("an API key", "xai- pplx- csk- fw_", /[A-Za-z0-9]{22,120}/y, true),
  row("an API key", "r8_", /[A-Za-z0-9]{37}/y),
  row("an API key", "nvapi-", /[\w-]{50,100}/y),
  row("an API key", "tvly- pcsk_ tgp_v1_ e2b_", /[\w-]{20,120}/y, true),
  row("an API key", "fc-", /[0-9a-f]{32}(?![0-9a-z])/y),
  row("a LangSmith key", "lsv2_pt_ lsv2_sk_", /[0-9a-f]{32}_[0-9a-f]{10}/y),

  // Messages and mail
  row("a Slack token", "xoxb- xoxp- xoxa- xoxo- xoxr- xoxs- xoxc- xoxd- xoxe- xoxe.", base64url),
  row("a Slack token", "xapp-", /\d-[A-Z0-9]{8,20}-\d{8,16}-[0-9a-f]{32,80}/y),
  row("a Slack address", "hooks.slack.com/", /[a-z]{5,10}\/[A-Z0-9]{6,14}\/[\w/]{20,60}/y),
  row("a Discord address", "discord.com/api/webhooks/", /\d{15,22}\/[\w-]{50,90}/y),
  row("a Discord address", "discordapp.com/api/webhooks/", /\d{15,22}\/[\w-]{50,90}/y),
  row("a SendGrid key", "SG.", /[\w-]{16,32}\.[\w-]{16,64}/y),
  row("a Mailgun key", "key-", /[0-9a-f]{32}(?![0-9a-z])/y),
  row("a Brevo key", "xkeysib-", /[0-9a-f]{64}-[A-Za-z0-9]{16}/y),
  row("a Resend key", "re_", /[A-Za-z0-9]{8}_[A-Za-z0-9]{20,40}/y, true),
  row("a Twilio key", "SK", /[0-9a-f]{32}(?![0-9a-zA-Z])/y),

  // Money and shops
  row("a Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_", /[A-Za-z0-9]{16,255}/y),
  row("a Stripe secret", "whsec_", /[A-Za-z0-9+/=]{24,120}/y),
  row("a Shopify token", "shpat_ shpca_ shppa_ shpss_", hex32),
  row("a Square token", "sq0atp- sq0csp-", /[\w-]{22,60}/y),
  row("a Square token", "EAAA", /[\w-]{56,80}/y, true),
  row("a Braintree token", "access_token$production$ access_token$sandbox$", /[0-9a-z]{16}\$/y),
  row("a Plaid token", "access-production- access-sandbox-", /[0-9a-f]{8}-[0-9a-f-]{27}/y),
  row("a Shippo token", "shippo_live_ shippo_test_", hex40),
  row("an EasyPost key", "EZAK EZTK", /[A-Za-z0-9]{54}/y),

  // Work
  row("a Linear key", "lin_api_ lin_oauth_", /[A-Za-z0-9]{32,80}/y),
  row("a Notion token", "ntn_", /[A-Za-z0-9]{40,60}/y),
  row("a Notion token", "secret_", /[A-Za-z0-9]{43}(?![A-Za-z0-9])/y),
  row("a Figma token", "figd_", /[\w-]{36,60}/y),
  row("an Airtable token", "pat", /[A-Za-z0-9]{14}\.[0-9a-f]{64}/y),
  row("a Contentful token", "CFPAT-", /[\w-]{40,60}/y),
  row("a Typeform token", "tfp_", /[\w.-]{40,70}/y),
  row("a ReadMe key", "rdme_", /[a-z0-9]{70}/y),
  row("a Prefect key", "pnu_ pnb_", /[A-Za-z0-9]{36}/y),

  // Watching
  row("a Grafana token", "glsa_", /[A-Za-z0-9]{32}_[0-9a-fA-F]{8}/y),
  row("a Grafana token", "glc_", /[A-Za-z0-9+/]{32,400}={0,2}/y),
  row("a New Relic key", "NRAK- NRAL- NRII- NRJS-", /[\w-]{19,40}/y),
  row("a Sentry token", "sntrys_", /[\w+/=.-]{40,400}/y),
  row("a Sentry token", "sntryu_", hex64),
  row("a Dynatrace token", "dt0c01.", /[A-Z0-9]{24}\.[A-Z0-9]{64}/y),
  row("a Honeycomb key", "hcaik_ hcamk_", alphanumeric),
  row("an Adafruit key", "aio_", /[A-Za-z0-9]{28}(?![A-Za-z0-9])/y),
  row("a 1Password token", "ops_eyJ", /[\w=+/-]{60,512}/y),

  // Header and claims; the signature may stand far behind.
  row("a signed token", "eyJ", /[\w-]{8,400}\.eyJ[\w-]{8}/y),
];
