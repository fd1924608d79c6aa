// The tools that clients are given, in OpenAI's form.

export const FUNCTIONS = {
  get_weather: ({ city }) => `sunny in ${city}`,
  get_time: ({ zone }) => `noon in ${zone}`,
};

export const TOOLS = [
  ["get_weather", "city"],
  ["get_time", "zone"],
].map(([name, parameter]) => ({
  type: "function",
  function: {
    name,
    description: `Tell the ${name.slice(4)}.`,
    parameters: {
      type: "object",
      properties: { [parameter]: { type: "string" } },
      required: [parameter],
    },
  },
}));
