import js from '@eslint/js';
import globals from 'globals';

const SCRIPTS = ['gdplay/ui/**/*.js', 'gdplay/gallery/*.js'];

export default [
  { ignores: ['node_modules/', '.venv/', 'build/', 'dist/'] },
  js.configs.recommended,
  {
    rules: {
      'array-callback-return': 'error',
      'consistent-return': 'error',
      curly: ['error', 'multi-line'],
      'default-case-last': 'error',
      eqeqeq: 'error',
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      'no-console': ['error', { allow: ['warn'] }],
      'no-else-return': 'error',
      'no-implicit-coercion': 'error',
      'no-loop-func': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-shadow': 'error',
      'no-template-curly-in-string': 'error',
      'no-throw-literal': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unused-expressions': 'error',
      'no-unused-vars': ['error', { args: 'all', argsIgnorePattern: '^_' }],
      'no-use-before-define': ['error', { functions: false, variables: false }],
      'no-useless-return': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
      radix: 'error',
      complexity: ['error', 12],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: SCRIPTS,
    languageOptions: { globals: { ...globals.browser, STYLE: 'readonly' } },
  },
  {
    ignores: SCRIPTS,
    languageOptions: {
      globals: { ...globals.node, document: 'readonly', window: 'readonly' },
    },
    rules: { 'no-console': 'off' },
  },
];
