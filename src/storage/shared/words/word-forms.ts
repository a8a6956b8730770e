/*
 * English words whose forms no ending tells: "went" is found by "go", "children" by "child". Only of questions, so that
 * nothing in a file depends on it. Parts of identifiers look like words; a question that has one finds a form more.
 */

/** A word and its forms, a line each; regular ones (-s, -ed, -ing) come from the stem. */
const lines = `
begin began begun
bind bound
bite bit bitten
blow blew blown
break broke broken
bring brought
build built
buy bought
catch caught
choose chose chosen choice
come came
deal dealt
dig dug
draw drew drawn
drink drank drunk
drive drove driven
eat ate eaten
fall fell fallen
feed fed
feel felt
fight fought
find found
fly flew flown
forget forgot forgotten
freeze froze frozen
get got gotten
give gave given
go went gone goes
grow grew grown
hang hung
hear heard
hide hid hidden
hold held
keep kept
know knew known
lead led
leave left
lend lent
lose lost
make made
mean meant
meet met
pay paid
ride rode ridden
ring rang rung
rise rose risen
run ran
say said
see saw seen
sell sold
send sent
shake shook shaken
shine shone
shoot shot
show shown
sing sang sung
sink sank sunk
sit sat
sleep slept
speak spoke spoken
spend spent
stand stood
steal stole stolen
stick stuck
strike struck
swim swam swum
take took taken
teach taught
tell told
think thought
throw threw thrown
understand understood
wake woke woken
wear wore worn
win won
write wrote written
child children
man men
woman women
person people
mouse mice
foot feet
tooth teeth
wife wives
life lives
knife knives
half halves
shelf shelves
datum data
index indices indexes
matrix matrices
criterion criteria
analysis analyses
hypothesis hypotheses
vertex vertices
decide decision decisions
approve approval
arrive arrival
refuse refusal
propose proposal
renew renewal
marry marriage
die death
`;

const forms = new Map<string, readonly string[]>();
for (const line of lines.trim().split("\n")) {
  const all = line.split(" ");
  for (const word of all) if (!forms.has(word)) forms.set(word, all);
}

/** The word and all its forms; none where endings alone tell them. */
export function formsOf(term: string): readonly string[] {
  return forms.get(term) ?? [];
}
